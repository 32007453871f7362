# One test executable a folder of tests/: every *.cpp beside the caller, each TEST_CASE a test of its own process.
#   msd_add_tests(NAME PREFIX unit|cosim|scenario|cli [SYSTEMC] LIBS lib…)
function(msd_add_tests name)
  cmake_parse_arguments(ARG "SYSTEMC" "PREFIX" "LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_executable(test_${name} ${sources} ${PROJECT_SOURCE_DIR}/tests/main.cpp)
  target_link_libraries(test_${name} PRIVATE Catch2::Catch2 fmt::fmt ${ARG_LIBS})
  if(ARG_SYSTEMC)
    target_link_libraries(test_${name} PRIVATE PkgConfig::SYSTEMC)
    target_compile_definitions(test_${name} PRIVATE MSD_TEST_SYSTEMC)
  endif()
  catch_discover_tests(test_${name}
    TEST_PREFIX "${ARG_PREFIX}/" WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    PROPERTIES TIMEOUT 300 SKIP_RETURN_CODE 77
    ENVIRONMENT "SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1;ASAN_OPTIONS=detect_leaks=0;OMP_NUM_THREADS=1")
endfunction()
