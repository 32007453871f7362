# Script of the build's own RTL model: -D SOURCE=model folder, FOLDER=to build in, FILE=to write, ARGUMENTS=parameters.
execute_process(COMMAND ${CMAKE_COMMAND} -G Ninja -S ${SOURCE} -B ${FOLDER} "-DMSD_RTL_ARGUMENTS=${ARGUMENTS}"
  "-DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}" RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
if(status EQUAL 0)
  execute_process(COMMAND ninja -C ${FOLDER} RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
endif()
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the RTL model could not be built:\n${text}")
endif()
file(COPY_FILE ${FOLDER}/msd_rtl.so ${FILE})
