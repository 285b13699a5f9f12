# cowbell_library(NAME SOURCES a.cc … [DEPS …]): static library cowbell_NAME, alias cowbell::NAME.
# cowbell_test(NAME SOURCES a_test.cc … [DEPS …]): unit tests, ctest names unit.NAME.<Suite>.<Test>.
# cowbell_program(NAME SOURCES … DEPS … [STATIC] [OUTPUT name]).

add_library(cowbell_plain_flags INTERFACE)
target_include_directories(cowbell_plain_flags INTERFACE "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}/generated")
target_compile_options(cowbell_plain_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wcast-qual -Wformat=2 -Wimplicit-fallthrough
  $<$<BOOL:${COWBELL_WERROR}>:-Werror>
  "-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")
target_compile_definitions(cowbell_plain_flags INTERFACE _GNU_SOURCE)
add_library(cowbell_flags INTERFACE)
target_link_libraries(cowbell_flags INTERFACE cowbell_plain_flags)
if(COWBELL_SANITIZE)
  target_compile_options(cowbell_flags INTERFACE -fsanitize=${COWBELL_SANITIZE} -fno-omit-frame-pointer)
endif()

# A static program cannot hold a sanitizer: in a sanitized build its libraries are compiled a second
# time without, under names that end in _plain. Sets `out` to the plain ones of the targets given.
function(cowbell_plain out)
  list(TRANSFORM ARGN REPLACE "^cowbell::(.+)$" "cowbell::\\1_plain")
  list(TRANSFORM ARGN REPLACE "^cowbell_flags$" "cowbell_plain_flags")
  set(${out} ${ARGN} PARENT_SCOPE)
endfunction()

function(cowbell_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(cowbell_${name} STATIC ${ARG_SOURCES})
  add_library(cowbell::${name} ALIAS cowbell_${name})
  target_link_libraries(cowbell_${name} PUBLIC cowbell_flags ${ARG_DEPS})
  if(COWBELL_SANITIZE)
    cowbell_plain(deps ${ARG_DEPS})
    add_library(cowbell_${name}_plain STATIC EXCLUDE_FROM_ALL ${ARG_SOURCES})
    add_library(cowbell::${name}_plain ALIAS cowbell_${name}_plain)
    target_link_libraries(cowbell_${name}_plain PUBLIC cowbell_plain_flags ${deps})
  endif()
endfunction()

function(cowbell_program name)
  cmake_parse_arguments(ARG "STATIC" "OUTPUT" "SOURCES;DEPS" ${ARGN})
  set(libraries cowbell_flags ${ARG_DEPS})
  if(ARG_STATIC AND COWBELL_SANITIZE)
    cowbell_plain(libraries ${libraries})
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${libraries})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
  if(ARG_OUTPUT)
    set_target_properties(${name} PROPERTIES OUTPUT_NAME "${ARG_OUTPUT}")
  endif()
  if(ARG_STATIC)
    target_link_options(${name} PRIVATE -static)
  elseif(COWBELL_SANITIZE)
    target_link_options(${name} PRIVATE -fsanitize=${COWBELL_SANITIZE})
  endif()
endfunction()

include(GoogleTest)
function(cowbell_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name}_test ${ARG_SOURCES})
  target_link_libraries(${name}_test PRIVATE cowbell_flags ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  if(COWBELL_SANITIZE)
    target_link_options(${name}_test PRIVATE -fsanitize=${COWBELL_SANITIZE})
  endif()
  gtest_discover_tests(${name}_test TEST_PREFIX "unit.${name}." DISCOVERY_MODE PRE_TEST
                       PROPERTIES LABELS unit TIMEOUT 120)
endfunction()
