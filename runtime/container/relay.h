// The client's side of a container's streams: its own stdin on the way in, outputs on the way out.

#ifndef COWBELL_RUNTIME_CONTAINER_RELAY_H_
#define COWBELL_RUNTIME_CONTAINER_RELAY_H_

#include <poll.h>

#include <string>

#include "runtime/base/unique_fd.h"

namespace cowbell {

// Copies standard input to a pipe or terminal without ever waiting for its reader.
class ClientInput {
 public:
  // An invalid `target` copies nothing. With `detach_keys` the sequence ctrl-p ctrl-q is looked
  // for.
  ClientInput(UniqueFd target, bool detach_keys);

  pollfd Wanted() const;
  // Call when Wanted() is ready. True: the detach keys were typed.
  bool Serve();

 private:
  bool Read();

  UniqueFd target_;
  bool detach_keys_;
  std::string pending_;
  std::string held_;
};

enum class Copied {
  kSome,
  kNothing,  // a non-blocking source has nothing now
  kEnd       // the source is closed, or nobody takes the copy
};
// One piece from `from` to `to`; closes `from` at the end.
Copied CopyOutput(UniqueFd& from, int to);

// The streams of an exec'ed process. Descriptors that are not used are invalid.
struct RelayEnds {
  int process = -1;  // pidfd, borrowed
  UniqueFd to_in, from_out, from_err;
  bool tty = false;
};
// Until the process has ended and what it wrote is copied. Processes that it left behind may keep
// the pipes open; they are not waited for.
void RelayUntilExit(RelayEnds ends);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CONTAINER_RELAY_H_
