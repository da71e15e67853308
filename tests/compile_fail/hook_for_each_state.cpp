// expect: descent: RuleTraits::has_workspace_state
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

// A misspelt `for_each_state` would lose state when it is saved.
struct Mine {
  static constexpr descent::RuleTraits traits{.has_workspace_state = true};
  template <class Matrix>
  struct Workspace {
    Matrix kept;
    void resize(Eigen::Index rows, Eigen::Index columns) { kept.setZero(rows, columns); }
  };
  template <class Update, class W>
  void transform(Update& update, W& work, descent::Step) const {
    work.kept += update;
  }
  template <class W, class F>
#ifdef DESCENT_EXPECT_SUCCESS
  static void for_each_state(W& work, F&& f){
#else
  static void for_each_states(W& work, F&& f) {
#endif
      f("kept", work.kept);
}
}
;

int main() {
  Eigen::MatrixXd p = Eigen::MatrixXd::Ones(2, 2);
  descent::Optimizer optimizer(p, Mine{});
}
