// One change, judged in the same start of the container or in the next one.

#ifndef COWBELL_CONFORMANCE_SUITES_RESTART_H_
#define COWBELL_CONFORMANCE_SUITES_RESTART_H_

#include <functional>

#include "conformance/harness/scene.h"

namespace cowbell::conformance {

// Caches of a live mount hide what only the next start shows, and a restart hides what only a live
// mount gets wrong: rows that delete or replace names are judged both ways.
enum class When { kLive, kRestarted };

// Runs `change` in one start of `container`, and `judge` in the same start or in the next one of
// the same RW layer.
inline void ChangeThenJudge(Scene& scene, Container& container, When when,
                            const std::function<void(Actor&)>& change,
                            const std::function<void(Actor&)>& judge) {
  Actor actor = scene.Start(container);
  change(actor);
  if (when == When::kRestarted) {
    actor.Finish();
    actor = scene.Start(container);
  }
  judge(actor);
  actor.Finish();
}

}  // namespace cowbell::conformance

#endif  // COWBELL_CONFORMANCE_SUITES_RESTART_H_
