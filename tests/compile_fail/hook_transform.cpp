// expect: descent: a rule of whole matrices needs
// SPDX-License-Identifier: MIT
#include <descent/core/optimizer.hpp>

// A misspelt `transform` would leave the update as it is.
struct Mine {
  static constexpr descent::RuleTraits traits{};
  template <class Matrix>
  struct Workspace {
    Matrix kept;
    void resize(Eigen::Index rows, Eigen::Index columns) { kept.setZero(rows, columns); }
  };
#ifdef DESCENT_EXPECT_SUCCESS
  template <class Update, class W>
  void transform(Update& update, W& work, descent::Step) const {
    work.kept += update;
  }
#else
  template <class Update, class W>
  void transforms(Update& update, W& work, descent::Step) const {
    work.kept += update;
  }
#endif
};

int main() {
  Eigen::MatrixXd p = Eigen::MatrixXd::Ones(2, 2);
  descent::Optimizer optimizer(p, Mine{});
}
