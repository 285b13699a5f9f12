// The program `cowbell`: the whole suite, all subjects.

#include "conformance/cli/program.h"
#include "conformance/mutants/mutants.h"
#include "fixtures/engine/fault.h"
#include "fixtures/engine/profile.h"
#include "fixtures/engine/subject.h"

int main(int argc, char** argv) {
  using namespace cowbell;               // NOLINT(*-namespace)
  using namespace cowbell::conformance;  // NOLINT(*-namespace)
  const Program program{.name = "cowbell",
                        .version = COWBELL_VERSION,
                        .suite = {.clauses = AllClauses(),
                                  .find_profile = FindProfile,
                                  .profile_names = ProfileNames,
                                  .make_subject = MakeSubject,
                                  .plant_fault = PlantFault,
                                  .sweep = RemoveLabelled},
                        .mutants = AllMutants(),
                        .default_subjects = {"calf"},
                        .default_ctest_subjects = {"calf", "overlayfs", "directory"}};
  return RunProgram(argc, argv, program);
}
