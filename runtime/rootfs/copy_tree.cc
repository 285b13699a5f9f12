#include "runtime/rootfs/copy_tree.h"

#include <fcntl.h>

#include <utility>

#include "runtime/base/file.h"
#include "runtime/rootfs/copy.h"
#include "runtime/rootfs/entry.h"
#include "runtime/rootfs/layer_top.h"

namespace cowbell {

Status CopyTree(const std::string& from, const std::string& to) {
  CopyOptions options;
  options.keep_owner = true;
  options.keep_all_attributes = true;
  options.shown_target = to;
  UniqueFd source = TRY(Open(from, O_PATH | O_DIRECTORY));
  const Entry top = TRY(EntryOf(std::move(source)));
  const UniqueFd target = TRY(Open(to, O_RDONLY | O_DIRECTORY));
  TreeCopier copier(options);
  TRY(copier.CopyContents(top, target.get()).Within("copy '" + from + "'"));
  return CopyLayerTop(from, to);
}

}  // namespace cowbell
