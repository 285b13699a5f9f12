#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bench/bench.h"
#include "bench/workload.h"
#include "runtime/base/text.h"

namespace cowbell::bench {
namespace {

using nlohmann::json;

const Series* Find(const BenchResult& result, std::string_view workload, std::string_view subject) {
  for (const Series& series : result.series) {
    if (series.workload == workload && series.subject == subject) return &series;
  }
  return nullptr;
}

// The median of the rounds' ratios: a round's pair was measured within the same second.
std::string Ratio(const Series& numerator, const Series& denominator) {
  const size_t n = std::min(numerator.rounds_ms.size(), denominator.rounds_ms.size());
  std::vector<double> ratios;
  for (size_t i = 0; i < n; ++i) {
    if (denominator.rounds_ms[i] > 0) {
      ratios.push_back(numerator.rounds_ms[i] / denominator.rounds_ms[i]);
    }
  }
  if (ratios.empty()) return "-";
  const auto [low, high] = std::minmax_element(ratios.begin(), ratios.end());
  return fmt::format("{:.2f} [{:.2f}, {:.2f}]", MedianOf(ratios), *low, *high);
}

json Context(const BenchResult& result) {
  const benchmark::CPUInfo& cpu = benchmark::CPUInfo::Get();
  json context = {{"date", result.date},
                  {"executable", "cowbell"},
                  {"num_cpus", cpu.num_cpus},
                  {"mhz_per_cpu", static_cast<int>(cpu.cycles_per_second / 1e6)},
                  {"cpu_scaling_enabled", cpu.scaling == benchmark::CPUInfo::ENABLED},
                  {"load_avg", cpu.load_avg},
                  {"library_build_type", "release"},
                  {"cowbell_schema", "cowbell.bench/1"},
                  {"cowbell_session", result.session},
                  {"cowbell_protocol", fmt::format("interleaved, median of {}", result.inner)}};
  context["caches"] = json::array();
  for (const auto& cache : cpu.caches) {
    context["caches"].push_back({{"type", cache.type},
                                 {"level", cache.level},
                                 {"size", cache.size},
                                 {"num_sharing", cache.num_sharing}});
  }
  for (size_t i = 0; i < result.subjects.size(); ++i) {
    if (!result.versions[i].empty()) {
      context["cowbell_version_" + result.subjects[i]] = Sanitize(result.versions[i]);
    }
  }
  return context;
}

json Measurement(const Series& series, size_t family, double ms) {
  const std::string name = "BM_" + series.workload + "/subject:" + series.subject;
  return {{"name", name},
          {"run_name", name},
          {"family_index", family},
          {"per_family_instance_index", 0},
          {"run_type", "iteration"},
          {"repetitions", series.rounds_ms.size()},
          {"threads", 1},
          {"iterations", 1},
          {"real_time", ms},
          {"cpu_time", ms},
          {"time_unit", "ms"}};
}

}  // namespace

std::string FormatTable(const BenchResult& result) {
  std::string out = fmt::format("{:<14} {:<10} {:>10}  {:<24} {}\n", "workload", "subject",
                                "median", "to floor [min, max]", "to first subject [min, max]");
  for (const Workload& workload : AllWorkloads()) {
    const Series* floor = Find(result, workload.name, kFloor);
    const Series* first = nullptr;
    for (const std::string& subject : result.subjects) {
      const Series* series = Find(result, workload.name, subject);
      if (series == nullptr) continue;
      if (!series->error.empty()) {
        out += fmt::format("{:<14} {:<10} {:>10}  no number: {}\n", workload.name, subject, "-",
                           Sanitize(series->error, 300));
        continue;
      }
      const bool is_floor = subject == kFloor;
      if (!is_floor && first == nullptr) first = series;
      out += fmt::format(
          "{:<14} {:<10} {:>7.2f} ms  {:<24} {}\n", workload.name, subject,
          MedianOf(series->rounds_ms),
          is_floor || floor == nullptr || !floor->error.empty() ? "" : Ratio(*series, *floor),
          is_floor || series == first ? "" : Ratio(*series, *first));
    }
  }
  return out;
}

std::string FormatJson(const BenchResult& result) {
  json benchmarks = json::array();
  for (size_t family = 0; family < result.series.size(); ++family) {
    const Series& series = result.series[family];
    if (!series.error.empty()) {
      json entry = Measurement(series, family, 0);
      entry.erase("real_time");
      entry.erase("cpu_time");
      entry["error_occurred"] = true;
      entry["error_message"] = Sanitize(series.error, 2000);
      benchmarks.push_back(std::move(entry));
      continue;
    }
    for (size_t i = 0; i < series.rounds_ms.size(); ++i) {
      json entry = Measurement(series, family, series.rounds_ms[i]);
      entry["repetition_index"] = i;
      benchmarks.push_back(std::move(entry));
    }
    json median = Measurement(series, family, MedianOf(series.rounds_ms));
    median["name"] = median["run_name"].get<std::string>() + "_median";
    median["run_type"] = "aggregate";
    median["aggregate_name"] = "median";
    median["aggregate_unit"] = "time";
    median["iterations"] = series.rounds_ms.size();
    benchmarks.push_back(std::move(median));
  }
  return json({{"context", Context(result)}, {"benchmarks", benchmarks}}).dump(2) + "\n";
}

}  // namespace cowbell::bench
