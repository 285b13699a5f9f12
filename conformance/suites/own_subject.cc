#include "conformance/suites/own_subject.h"

#include <sys/stat.h>

#include <chrono>
#include <cstdlib>

#include "fixtures/probe/protocol.h"
#include "runtime/base/file.h"

namespace cowbell::conformance {
namespace {

// A copy of the probe on this host.
std::string ProbeOnHost(Scene& scene, const std::string& work_dir) {
  const Layer layer = scene.ProbeLayer();
  for (const Entry& entry : layer.entries()) {
    if ("/" + entry.name != probe::kProbePath) continue;
    const std::string path = work_dir + "/probe";
    Require(WriteFile(path, entry.content));
    if (chmod(path.c_str(), 0755) != 0) throw SceneError("chmod '" + path + "'");
    return path;
  }
  throw SceneError("the probe's layer does not hold the probe");
}

}  // namespace

std::unique_ptr<Subject> OwnSubject(Scene& scene, const std::string& work_dir,
                                    const std::string& store_dir, const std::string& variable) {
  const Profile& profile = scene.profile();
  if (profile.kind == SubjectKind::kEngine && profile.private_store.empty()) {
    scene.SkipNotApplicable("the engine cannot be given a store of its own");
  }
  SubjectOptions options;
  options.work_dir = work_dir;
  options.run_label = scene.UniqueName("own");
  options.probe_path = ProbeOnHost(scene, work_dir);
  options.private_store = profile.kind == SubjectKind::kEngine;
  options.store_dir = store_dir;
  options.deadline = std::chrono::minutes(4);  // what hangs is ended by the check's own deadline
  const size_t equals = variable.find('=');
  const std::string name = variable.substr(0, equals);
  if (!name.empty()) setenv(name.c_str(), variable.substr(equals + 1).c_str(), 1);
  Result<std::unique_ptr<Subject>> made = MakeSubject(profile, options);
  if (!name.empty()) unsetenv(name.c_str());  // it is in the subject's environment now
  return Require(std::move(made));
}

}  // namespace cowbell::conformance
