# The files for vcpkg and Conan parse, have the version VERSION, and name files that exist; neither tool is run.
file(READ "${SOURCE_DIR}/cmake/packaging/vcpkg/descent/vcpkg.json" port)
string(JSON version GET "${port}" version)
string(JSON name GET "${port}" name)
if(NOT "${name} ${version}" STREQUAL "descent ${VERSION}")
  message(FATAL_ERROR "vcpkg.json is of '${name} ${version}', must be of 'descent ${VERSION}'")
endif()

foreach(file vcpkg/descent/portfile.cmake conan/test_package/CMakeLists.txt)
  set(path "${SOURCE_DIR}/cmake/packaging/${file}")
  cmake_path(GET path PARENT_PATH folder)
  file(STRINGS "${path}" relative REGEX "[.][.]/")
  string(REGEX MATCH "([.][.]/)+[.a-z_/]+" relative "${relative}")
  get_filename_component(target "${folder}/${relative}" ABSOLUTE)
  if(NOT target STREQUAL SOURCE_DIR AND NOT target STREQUAL "${SOURCE_DIR}/tests/consume/main.cpp")
    message(FATAL_ERROR "${file} names '${relative}', which is ${target}")
  endif()
endforeach()

# Conan's own modules are replaced by empty ones: only what the recipe makes of our files is called.
set(recipe [=[
import os, re, sys, types
folder, wanted = sys.argv[1:]
for name in ("conan", "conan.tools", "conan.tools.build", "conan.tools.files", "conan.tools.layout", "conan.tools.cmake"):
    sys.modules[name] = types.ModuleType(name)
copied = []
sys.modules["conan"].ConanFile = object
sys.modules["conan.tools.build"].check_min_cppstd = sys.modules["conan.tools.build"].can_run = None
sys.modules["conan.tools.layout"].basic_layout = None
sys.modules["conan.tools.cmake"].CMake = sys.modules["conan.tools.cmake"].cmake_layout = None
sys.modules["conan.tools.files"].load = lambda recipe, path: open(path).read()
sys.modules["conan.tools.files"].copy = lambda recipe, pattern, source, target: copied.append(os.path.join(source, pattern))
for path in ("conanfile.py", "test_package/conanfile.py"):
    names = {}
    exec(compile(open(os.path.join(folder, path)).read(), path, "exec"), names)
    if path == "conanfile.py":
        recipe = names["Descent"]()
        recipe.recipe_folder, recipe.export_sources_folder = folder, "unused"
        recipe.set_version()
        recipe.export_sources()
        assert recipe.version == wanted, recipe.version
        assert copied and all(os.path.exists(path.removesuffix("/*")) for path in copied), copied
]=])
if(PYTHON)
  execute_process(COMMAND "${PYTHON}" -c "${recipe}" "${SOURCE_DIR}/cmake/packaging/conan" "${VERSION}" COMMAND_ERROR_IS_FATAL ANY)
endif()
