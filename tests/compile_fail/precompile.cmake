# Compiles the header SOURCE with COMPILE.
set(ENV{LC_ALL} C)
separate_arguments(COMPILE UNIX_COMMAND "${COMPILE}")
execute_process(COMMAND ${COMPILE} "${SOURCE}" COMMAND_ERROR_IS_FATAL ANY)
