# One test executable a folder of tests/: every *.cpp beside the caller, each TEST_CASE a test of its own process.
#   msd_add_tests(NAME PREFIX unit|cosim|scenario|cli [SYSTEMC] LIBS lib…)
# A test is named PREFIX/test case and has the label PREFIX; a hidden one with the tag [.long] has the label long instead.
#   msd_add_python_tests(FILE PREFIX unit|… [PROGRAM target])   a test for each unittest method; MSD_PROGRAM is the target's
#   file; those of a class named Long… have the label long

set(MSD_TEST_ENVIRONMENT
  SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1 ASAN_OPTIONS=detect_leaks=0 OMP_NUM_THREADS=1)

function(msd_add_tests name)
  cmake_parse_arguments(ARG "SYSTEMC" "PREFIX" "LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  set(main msd_test_main)
  if(ARG_SYSTEMC)
    set(main msd_test_main_systemc)
  endif()
  add_executable(test_${name} ${sources})
  target_link_libraries(test_${name} PRIVATE ${main} Catch2::Catch2 fmt::fmt ${ARG_LIBS})

  # Our own discovery instead of Catch's: that one loses all but the first environment variable.
  set(list ${CMAKE_CURRENT_BINARY_DIR}/test_${name}.tests.cmake)
  add_custom_command(TARGET test_${name} POST_BUILD BYPRODUCTS ${list}
    COMMAND ${CMAKE_COMMAND} -D EXECUTABLE=$<TARGET_FILE:test_${name}> -D PREFIX=${ARG_PREFIX}
            -D FILE=${list} -D FOLDER=${PROJECT_SOURCE_DIR} -D "ENVIRONMENT=${MSD_TEST_ENVIRONMENT}"
            -P ${PROJECT_SOURCE_DIR}/cmake/DiscoverTests.cmake
    VERBATIM)
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/test_${name}.include.cmake
    "if(EXISTS [==[${list}]==])\n  include([==[${list}]==])\n"
    "else()\n  add_test(${ARG_PREFIX}/test_${name}_is_not_built test_${name}_is_not_built)\nendif()\n")
  set_property(DIRECTORY APPEND PROPERTY
    TEST_INCLUDE_FILES ${CMAKE_CURRENT_BINARY_DIR}/test_${name}.include.cmake)
endfunction()

function(msd_add_python_tests file)
  cmake_parse_arguments(ARG "" "PREFIX;PROGRAM" "" ${ARGN})
  set(command ${Python3_EXECUTABLE} -B ${file})
  if(ARG_PROGRAM)
    set(command ${CMAKE_COMMAND} -E env MSD_PROGRAM=$<TARGET_FILE:${ARG_PROGRAM}> ${command})
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(STRINGS ${file} lines REGEX "^class |^    def test_")
  foreach(line IN LISTS lines)
    if(line MATCHES "^class ([A-Za-z0-9]+)")
      set(class ${CMAKE_MATCH_1})
    elseif(line MATCHES "def test_([a-z0-9_]+)")
      set(method test_${CMAKE_MATCH_1})
      string(REPLACE "_" " " sentence ${CMAKE_MATCH_1})
      set(name "${ARG_PREFIX}/${sentence}")
      add_test(NAME ${name} COMMAND ${command} ${class}.${method} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
      set(label ${ARG_PREFIX})
      set(timeout 300)
      if(class MATCHES "^Long")
        set(label long)
        set(timeout 3600)
      endif()
      set_tests_properties(${name} PROPERTIES
        LABELS ${label} TIMEOUT ${timeout} SKIP_RETURN_CODE 77 ENVIRONMENT "${MSD_TEST_ENVIRONMENT}")
    endif()
  endforeach()
endfunction()
