#include "runtime/build/config_change.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cowbell {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string ErrorOf(const std::vector<std::string>& changes) {
  ImageConfig config;
  const Status status = ApplyConfigChanges(changes, &config);
  return status.has_value() ? "" : status.error().ToString();
}

TEST(ConfigChange, ChangesTheConfig) {
  ImageConfig config;
  config.env = {"A=old", "B=b"};
  config.working_dir = "/srv";
  const Status status =
      ApplyConfigChanges({"CMD [\"x\", \"y z\"]", "env A=1 C=$B", "LABEL k=\"a b\"", "EXPOSE 80",
                          "USER 5", "VOLUME /data", "WORKDIR sub", "STOPSIGNAL INT"},
                         &config);
  ASSERT_TRUE(status.has_value()) << status.error().ToString();
  EXPECT_THAT(config.cmd, ElementsAre("x", "y z"));
  EXPECT_THAT(config.env, ElementsAre("A=1", "B=b", "C=b"));
  EXPECT_THAT(config.labels, ElementsAre(std::pair("k", "a b")));
  EXPECT_THAT(config.exposed_ports, ElementsAre("80/tcp"));
  EXPECT_EQ(config.user, "5");
  EXPECT_THAT(config.volumes, ElementsAre("/data"));
  EXPECT_EQ(config.working_dir, "/srv/sub");
  EXPECT_EQ(config.stop_signal, "INT");
}

TEST(ConfigChange, AnEntryPointTakesTheOldCommandAway) {
  ImageConfig config;
  config.cmd = {"old"};
  ASSERT_TRUE(ApplyConfigChanges({"ENTRYPOINT [\"/e\"]"}, &config).has_value());
  EXPECT_THAT(config.cmd, IsEmpty());
  ASSERT_TRUE(ApplyConfigChanges({"CMD [\"new\"]", "ENTRYPOINT [\"/f\"]"}, &config).has_value());
  EXPECT_THAT(config.cmd, ElementsAre("new"));
  EXPECT_THAT(config.entrypoint, ElementsAre("/f"));
}

TEST(ConfigChange, RefusesInDockersWords) {
  EXPECT_EQ(ErrorOf({"RUN x"}), "run is not a valid change command");
  EXPECT_EQ(ErrorOf({"CMD [\"x\"]", "COPY a b"}), "copy is not a valid change command");
  EXPECT_EQ(ErrorOf({"BOGUS x"}), "dockerfile parse error line 1: unknown instruction: BOGUS");
  EXPECT_EQ(ErrorOf({}), "");
}

}  // namespace
}  // namespace cowbell
