// The documents that `inspect` prints, member by member as Docker's API has them.

#ifndef COWBELL_RUNTIME_CLI_INSPECT_DOCUMENT_H_
#define COWBELL_RUNTIME_CLI_INSPECT_DOCUMENT_H_

#include <nlohmann/json_fwd.hpp>

#include "runtime/base/result.h"
#include "runtime/store/containers.h"
#include "runtime/store/images.h"
#include "runtime/store/layout.h"
#include "runtime/store/volumes.h"

namespace cowbell {

// `with_size` adds SizeRw and SizeRootFs.
Result<nlohmann::ordered_json> ContainerDocument(const Store& store, const ContainerRecord& record,
                                                 bool with_size);

Result<nlohmann::ordered_json> ImageDocument(const Store& store, const ImageRecord& image);

nlohmann::ordered_json VolumeDocument(const Store& store, const VolumeRecord& volume);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_CLI_INSPECT_DOCUMENT_H_
