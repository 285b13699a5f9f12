#include "conformance/cli/base_images.h"

#include <map>
#include <string>
#include <utility>

#include "runtime/base/file.h"

namespace cowbell::conformance {
namespace {

Result<std::unique_ptr<Subject>> MakeEngine(const Program& program, const Session& session,
                                            const std::string& profile_name,
                                            const std::string& store_dir) {
  const Profile profile = TRY(program.suite.find_profile(profile_name));
  SubjectOptions options;
  options.work_dir = session.work_dir + "/" + profile.name + "/base";
  options.run_label = session.label + "-base";
  options.probe_path = session.probe;
  options.store_dir = store_dir;
  TRY(MakeDirs(options.work_dir));
  std::unique_ptr<Subject> subject = TRY(program.suite.make_subject(profile, options));
  if (subject->engine() == nullptr) return Error::FromMessage("no engine");
  return subject;
}

}  // namespace

BaseImages::BaseImages(const Program& program, const Session& session,
                       const std::vector<CheckItem>& items) {
  std::map<std::pair<std::string, std::string>, int> stores;  // profile, directory -> checks in it
  for (const CheckItem& item : items) {
    if (!item.private_store) ++stores[{item.profile, item.store_dir}];
  }
  for (const auto& [store, checks] : stores) {
    if (checks < 2) continue;
    auto subject = MakeEngine(program, session, store.first, store.second);
    if (!subject.has_value()) continue;
    auto image = subject.value()->MakeImage({});
    if (!image.has_value()) continue;
    bases_.push_back({std::move(subject).value(), std::move(image).value()});
  }
}

}  // namespace cowbell::conformance
