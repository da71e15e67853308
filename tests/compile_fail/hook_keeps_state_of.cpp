// expect: descent: RuleTraits::compares_workspace
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

// A misspelt `keeps_state_of` would keep workspaces that do not fit.
struct Mine {
  static constexpr descent::RuleTraits traits{.compares_workspace = true};
  template <class Matrix>
  struct Workspace {
    Matrix kept;
    void resize(Eigen::Index rows, Eigen::Index columns) { kept.setZero(rows, columns); }
  };
  template <class Update, class W>
  void transform(Update& update, W& work, descent::Step) const {
    work.kept += update;
  }
#ifdef DESCENT_EXPECT_SUCCESS
  bool keeps_state_of(const Mine&) const { return true; }
#else
  bool keep_state_of(const Mine&) const { return true; }
#endif
};

int main() {
  Eigen::MatrixXd p = Eigen::MatrixXd::Ones(2, 2);
  descent::Optimizer optimizer(p, Mine{});
}
