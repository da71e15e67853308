// SPDX-License-Identifier: MIT
#pragma once

#include <descent/io/checkpoint/checkpoint.hpp>
#include <descent/io/fit_saver.hpp>  // lets fit save and resume
