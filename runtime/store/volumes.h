// Volumes of a store: directories that outlive the containers that mount them.
//
//   ROOT/volumes/NAME/volume.json   name, time, labels
//                     _data/        what containers see
//                     lock          exclusive while it is filled from an image
//                     filling       there while it is filled: a killed one is done again
//   ROOT/volumes.lock               shared while a container that uses volumes is made, exclusive
//                                   while one is removed
//
// Which containers use a volume is said by their records alone.

#ifndef COWBELL_RUNTIME_STORE_VOLUMES_H_
#define COWBELL_RUNTIME_STORE_VOLUMES_H_

#include <map>
#include <string>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/result.h"
#include "runtime/store/containers.h"
#include "runtime/store/layout.h"

namespace cowbell {

struct VolumeRecord {
  std::string name;
  std::string created;  // RFC 3339, UTC
  std::map<std::string, std::string> labels;
  bool anonymous = false;  // goes with its container
};

// Errors: `create a/b: "a/b" includes invalid characters for a local volume name, …`.
Status CheckVolumeName(const std::string& name);

std::string VolumeDir(const Store& store, const std::string& name);
std::string VolumeData(const Store& store, const std::string& name);

Result<FileLock> LockVolumes(const Store& store, FileLock::Mode mode);

// Makes an empty volume, complete or not at all; one that is there stays as it is.
Status MakeVolume(const Store& store, const VolumeRecord& volume);

// Errors: ENOENT "get v: no such volume".
Result<VolumeRecord> FindVolume(const Store& store, const std::string& name);

// By name.
Result<std::vector<VolumeRecord>> ListVolumes(const Store& store);

// Volume name -> IDs of the containers that mount it, stopped ones included. Errors: a container's
// record cannot be read, so that nobody knows what it uses.
using VolumeUsers = std::map<std::string, std::vector<std::string>>;
Result<VolumeUsers> FindVolumeUsers(const Store& store);

// REQUIRES: LockVolumes is held exclusive since before `users` was read. Errors: as FindVolume;
// "remove v: volume is in use - [ID]".
Status RemoveVolume(const Store& store, const std::string& name, const VolumeUsers& users);

// Of a container that is gone: what was made for it alone. Best effort: what stays is unused, and
// `volume prune` takes it.
void RemoveAnonymousVolumes(const Store& store, const ContainerConfig& config);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_STORE_VOLUMES_H_
