// The files of a container as its layers make them, whatever state it is in: what export and commit
// look at. Nothing that is mounted in the container is seen, only the places for it.

#ifndef COWBELL_RUNTIME_CONTAINER_LAYERS_VIEW_H_
#define COWBELL_RUNTIME_CONTAINER_LAYERS_VIEW_H_

#include <string>

#include "runtime/base/file.h"
#include "runtime/base/result.h"
#include "runtime/base/unique_fd.h"
#include "runtime/store/containers.h"

namespace cowbell {

// Holds the container's lock while it lives, so that no start, removal or copy overlaps. A running
// container is seen through a copy of its own root mount, so what its processes do is seen at once.
class LayersView {
 public:
  // Errors: those of FindContainer.
  static Result<LayersView> Open(const Store& store, const std::string& reference);

  // The root directory; only for reading.
  int fd() const { return mount_.get(); }
  const ContainerRecord& record() const { return record_; }

 private:
  LayersView(FileLock lock, ContainerRecord record)
      : lock_(std::move(lock)), record_(std::move(record)) {}

  FileLock lock_;
  ContainerRecord record_;
  UniqueFd mount_;
};

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CONTAINER_LAYERS_VIEW_H_
