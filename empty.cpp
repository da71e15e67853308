#include <descent/core/precompiled.hpp>
#include <descent/optimizers/adamw.hpp>
int main(){}
