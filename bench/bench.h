// Runs the workloads on subjects and on the floor, interleaved, through Google Benchmark.

#ifndef COWBELL_BENCH_BENCH_H_
#define COWBELL_BENCH_BENCH_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fixtures/engine/subject.h"
#include "runtime/base/result.h"

namespace cowbell::bench {

struct BenchOptions {
  // Engines, in the order they are shown; borrowed for the call.
  std::vector<Subject*> subjects;
  std::vector<std::string> workloads;  // empty: all; an unknown name is an error
  int rounds = 12;                     // measured rounds; one more warms up
  int inner = 3;                       // measurements per round; their median is the round's time
  std::string work_dir;                // exists, on a file system that can be an overlay upper
  std::string probe_path;
  std::string floor_path;
};

inline constexpr char kFloor[] = "floor";

// The measurements of one workload on one subject (or on the floor).
struct Series {
  std::string workload;
  std::string subject;
  std::vector<double> rounds_ms;  // medians, by round
  std::string error;              // why there is no number; empty: there is one
};

struct BenchResult {
  std::string session;  // ULID
  std::string date;     // RFC 3339
  int inner = 0;
  std::vector<std::string> subjects;  // with the floor first
  std::vector<std::string> versions;  // beside subjects
  std::vector<Series> series;
};

// Errors: an unknown workload; the text lists the known ones.
Status CheckWorkloads(const std::vector<std::string>& names);

// Subjects take turns in every round (A B … then … B A), so that drift of the machine meets all of
// them. Errors: an unknown workload, nothing to measure. A subject that does not do the work gets
// an error in its series, no number.
Result<BenchResult> RunBench(const BenchOptions& options);

double MedianOf(std::vector<double> values);

// The table for people: medians, ratios to the floor, and of each subject to the first.
std::string FormatTable(const BenchResult& result);

// Google Benchmark's JSON layout: one entry per round, one "median" aggregate per series.
std::string FormatJson(const BenchResult& result);

}  // namespace cowbell::bench

#endif  // COWBELL_BENCH_BENCH_H_
