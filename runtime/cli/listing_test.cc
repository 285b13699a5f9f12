#include "runtime/cli/listing.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "runtime/cli/format.h"
#include "runtime/cli/table.h"

namespace cowbell {
namespace {

using Json = nlohmann::ordered_json;

TEST(Table, AlignsAsGoDoes) {
  EXPECT_EQ(AlignColumns("CONTAINER ID\tIMAGE\tCOMMAND\tCREATED\tSTATUS\tPORTS\tNAMES\n"),
            "CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES\n");
  EXPECT_EQ(AlignColumns("CONTAINER ID\tIMAGE\tCOMMAND\tCREATED\tSTATUS\tPORTS\tNAMES\n"
                         "96aabd577230\tdisp\t\"/bin/sh -c 'cat /in…\"\t2 seconds ago\t"
                         "Exited (0) 1 second ago\t\trs-c1\n"),
            "CONTAINER ID   IMAGE     COMMAND                  CREATED         STATUS              "
            "      PORTS     NAMES\n"
            "96aabd577230   disp      \"/bin/sh -c 'cat /in…\"   2 seconds ago   Exited (0) 1 "
            "second ago             rs-c1\n");
  // A line without a cell ends the column block.
  EXPECT_EQ(AlignColumns("aaaaaaaaaaaaaa\tb\nplain\nc\td\n"),
            "aaaaaaaaaaaaaa   b\nplain\nc         d\n");
  EXPECT_EQ(AlignColumns("a\tb\tc\nx\ty\n"), "a         b         c\nx         y\n");
  EXPECT_EQ(AlignColumns(""), "");
}

TEST(Format, Sizes) {
  const std::pair<uint64_t, const char*> cases[] = {{0, "0B"},
                                                    {10, "10B"},
                                                    {999, "999B"},
                                                    {1000, "1kB"},
                                                    {1999, "2kB"},
                                                    {12345, "12.3kB"},
                                                    {999'499, "999kB"},
                                                    {999'600, "1MB"},
                                                    {1'990'000, "1.99MB"},
                                                    {8'390'000, "8.39MB"},
                                                    {200'000'000, "200MB"},
                                                    {uint64_t{9} << 30, "9.66GB"},
                                                    {~uint64_t{0}, "18.4EB"}};
  for (const auto& [bytes, text] : cases)
    EXPECT_EQ(HumanSize(bytes), text);
}

TEST(Format, Durations) {
  const std::pair<int64_t, const char*> cases[] = {
      {-5, "Less than a second"}, {0, "Less than a second"}, {1, "1 second"},
      {59, "59 seconds"},         {60, "About a minute"},    {119, "About a minute"},
      {120, "2 minutes"},         {3599, "59 minutes"},      {3600, "About an hour"},
      {5399, "About an hour"},    {5400, "2 hours"},         {47 * 3600, "47 hours"},
      {48 * 3600, "2 days"},      {13 * 86400, "13 days"},   {14 * 86400, "2 weeks"},
      {59 * 86400, "8 weeks"},    {60 * 86400, "2 months"},  {729 * 86400, "24 months"},
      {730 * 86400, "2 years"}};
  for (const auto& [seconds, text] : cases)
    EXPECT_EQ(HumanDuration(seconds), text) << seconds;
}

TEST(Format, Times) {
  const auto parse = [](const char* text) { return ParseTime(text); };
  EXPECT_EQ(parse("2026-11-23T15:59:24.913372737Z").value(), (TimePoint{1795449564, 913372737}));
  EXPECT_EQ(parse("2026-11-23T17:59:24.5+02:00").value(), (TimePoint{1795449564, 500000000}));
  EXPECT_EQ(parse("1970-01-01T00:00:00Z").value(), (TimePoint{0, 0}));
  EXPECT_EQ(GoTime(parse("2026-11-23T15:57:36.9Z").value()), "2026-11-23 15:57:36 +0000 UTC");
  for (const char* bad :
       {"", "now", "2026-11-23", "2026-13-23T15:59:24Z", "2026-11-23T15:59:24",
        "2026-11-23T15:59:24.Z", "2026-11-23T15:59:24Zx", "2026-11-23T15:59:24+2"}) {
    EXPECT_FALSE(parse(bad).has_value()) << bad;
  }
}

TEST(Format, CutsByCodePoints) {
  EXPECT_EQ(Ellipsis("short", 20), "short");
  EXPECT_EQ(Ellipsis("12345678901234567890", 20), "12345678901234567890");
  EXPECT_EQ(Ellipsis("123456789012345678901", 20), "1234567890123456789…");
  EXPECT_EQ(Ellipsis("ééééé", 3), "éé…");
  EXPECT_EQ(ShortId("sha256:0123456789abcdef"), "0123456789ab");
}

class ListingTest : public ::testing::Test {
 protected:
  ListingTest() {
    ListingRow row;
    row.fields = &fields_;
    row.methods["Label"] = [](const std::vector<Json>&) -> Result<Json> { return Json("v"); };
    listing_.type_name = "*formatter.ContainerContext";
    listing_.header = &header_;
    listing_.table = "{{.ID}}\t{{.Names}}";
    listing_.rows.push_back(std::move(row));
  }
  std::string Render(const std::string& format) {
    const Result<std::string> out = RenderListing(listing_, format);
    return out.has_value() ? out.value() : out.error().ToString();
  }
  const Json header_ = {{"ID", "CONTAINER ID"}, {"Names", "NAMES"}};
  const Json fields_ = {{"ID", "96aabd577230"}, {"Names", "web"}};
  Listing listing_;
};

TEST_F(ListingTest, Formats) {
  EXPECT_EQ(Render(""), "CONTAINER ID   NAMES\n96aabd577230   web\n");
  EXPECT_EQ(Render("table"), Render(""));
  EXPECT_EQ(Render("table {{.Names}}\\t{{upper .ID}}\\t{{.Label \"com.example.some-thing\"}}"),
            "NAMES     CONTAINER ID   some thing\nweb       96AABD577230   v\n");
  EXPECT_EQ(Render("json"), "{\"ID\":\"96aabd577230\",\"Names\":\"web\"}\n");
  EXPECT_EQ(Render("{{.ID}}: {{json .Names}}"), "96aabd577230: \"web\"\n");
}

TEST_F(ListingTest, RefusesUnknownFieldsWithoutRowsToo) {
  listing_.rows.clear();
  EXPECT_EQ(Render(""), "CONTAINER ID   NAMES\n");
  EXPECT_EQ(Render("{{.ID}}"), "");
  EXPECT_EQ(Render("{{.Nope}}"),
            "failed to execute template: template: :1:2: executing \"\" at <.Nope>: can't evaluate "
            "field Nope in type *formatter.ContainerContext");
  EXPECT_EQ(Render("{{.ID"), "template parsing error: template: :1: unclosed action");
}

TEST(Listing, Mentions) {
  EXPECT_TRUE(FormatMentions("table {{.ID}}\t{{.Size}}", "Size"));
  EXPECT_FALSE(FormatMentions("{{.ID}}", "Size"));
  EXPECT_FALSE(FormatMentions("{{.ID", "ID"));
}

}  // namespace
}  // namespace cowbell
