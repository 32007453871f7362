# Script, run after a test executable is linked: writes FILE, which adds each of its TEST_CASEs to CTest.
# Reads EXECUTABLE, PREFIX, FILE, FOLDER (working directory) and ENVIRONMENT.
cmake_minimum_required(VERSION 3.25)

function(list_tests result)  # further arguments: Catch's test specification
  # Catch's exit status here is the number of tests, so only words (of a signal) tell a failure.
  execute_process(COMMAND ${CMAKE_COMMAND} -E env ${ENVIRONMENT} ${EXECUTABLE} ${ARGN} --list-test-names-only
    WORKING_DIRECTORY ${FOLDER} OUTPUT_VARIABLE output ERROR_VARIABLE errors RESULT_VARIABLE status)
  if(NOT status MATCHES "^[0-9]+$" OR NOT errors STREQUAL "")
    message(FATAL_ERROR "${EXECUTABLE} --list-test-names-only: ${status}\n${errors}")
  endif()
  if(output MATCHES "[;]")
    message(FATAL_ERROR "${EXECUTABLE}: a test's name may not hold ';':\n${output}")
  endif()
  string(REPLACE "[" "<open>" output "${output}")  # brackets would join elements of a CMake list
  string(REPLACE "]" "<close>" output "${output}")
  string(REPLACE "\n" ";" output "${output}")
  list(REMOVE_ITEM output "")
  set(${result} "${output}" PARENT_SCOPE)
endfunction()

function(add names label timeout)
  foreach(name IN LISTS names)
    string(REPLACE "<open>" "[" name "${name}")
    string(REPLACE "<close>" "]" name "${name}")
    string(REGEX REPLACE "([][,\\])" "\\\\\\1" spec "${name}")  # what Catch would read as a pattern
    string(APPEND script
      "add_test([==[${PREFIX}/${name}]==] [==[${EXECUTABLE}]==] [==[${spec}]==])\n"
      "set_tests_properties([==[${PREFIX}/${name}]==] PROPERTIES LABELS ${label} TIMEOUT ${timeout}"
      " SKIP_RETURN_CODE 77 WORKING_DIRECTORY [==[${FOLDER}]==] ENVIRONMENT [==[${ENVIRONMENT}]==])\n")
  endforeach()
  set(script "${script}" PARENT_SCOPE)
endfunction()

list_tests(normal)
list_tests(long "[long]")
if(normal STREQUAL "" AND long STREQUAL "")
  message(FATAL_ERROR "${EXECUTABLE} contains no tests")
endif()
list(REMOVE_ITEM normal ${long})
set(script "")
add("${normal}" ${PREFIX} 300)
add("${long}" long 3600)
file(WRITE ${FILE} "${script}")
