// SPDX-License-Identifier: MIT
#pragma once

#include "support/make_rules.hpp"

#include "support/catch.hpp"
