// SPDX-License-Identifier: MIT
#pragma once

#include <descent/threads/thread_pool.hpp>
