// SPDX-License-Identifier: MIT
#include <cstdio>

double train_plain();
double train_other();

int main() { std::printf("%a\n%a\n", train_plain(), train_other()); }
