# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# quern_add_model(TARGET_NAME
#                 MODEL file.onnx|.mlir|.mlirbc
#                 [EMIT exe|shared|static|obj]    what to make of it; exe when left out
#                 [TARGET x86-64-v3|aarch64|…]    the CPU to compile for; name one for reproducible builds
#                 [OUTPUT file]                   default: models/TARGET_NAME with the kind's extension, in the build folder
#                 [OPTIONS option…])              further options of `quern compile`
#
# Compiles a model when the project is built. Everything that the compilation reads (the model, its external data) is
# tracked through a depfile. A static, shared or obj model is a library target: link it, and include "TARGET_NAME.h".
# The target property QUERN_OUTPUT is the file that is made.

function(quern_add_model name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "MODEL;EMIT;TARGET;OUTPUT" "OPTIONS")
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "quern_add_model(${name}): unknown arguments: ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT ARG_MODEL)
    message(FATAL_ERROR "quern_add_model(${name}): expects MODEL file.onnx")
  endif()
  if(NOT ARG_EMIT)
    set(ARG_EMIT exe)
  endif()

  set(extension_exe "")
  set(extension_shared .so)
  set(extension_static .a)
  set(extension_obj .o)
  if(NOT DEFINED extension_${ARG_EMIT})
    message(FATAL_ERROR "quern_add_model(${name}): EMIT is exe, shared, static or obj, not '${ARG_EMIT}'")
  endif()

  get_filename_component(model "${ARG_MODEL}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  if(NOT ARG_OUTPUT)
    set(ARG_OUTPUT models/${name}${extension_${ARG_EMIT}}) # beside the target it would have the target's name
  endif()
  get_filename_component(output "${ARG_OUTPUT}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_BINARY_DIR}")
  get_filename_component(folder "${output}" DIRECTORY)
  get_filename_component(stem "${output}" NAME_WLE)
  file(MAKE_DIRECTORY "${folder}")

  set(products "${output}")
  if(NOT ARG_EMIT STREQUAL exe)
    list(APPEND products "${folder}/${stem}.h")
  endif()
  set(target_option)
  if(ARG_TARGET)
    set(target_option --target=${ARG_TARGET})
  endif()
  file(RELATIVE_PATH shown "${CMAKE_BINARY_DIR}" "${output}")
  add_custom_command(
    OUTPUT ${products}
    COMMAND Quern::quern compile "${model}" -o "${output}" --emit=${ARG_EMIT} ${target_option} ${ARG_OPTIONS}
            -MD -MF "${output}.d"
    DEPENDS "${model}" Quern::quern
    DEPFILE "${output}.d"
    COMMENT "Compiling model ${shown}"
    VERBATIM)

  if(ARG_EMIT STREQUAL exe)
    add_custom_target(${name} ALL DEPENDS ${products})
  else()
    add_custom_target(${name}_model DEPENDS ${products})
    if(ARG_EMIT STREQUAL shared)
      add_library(${name} SHARED IMPORTED GLOBAL)
      get_filename_component(soname "${output}" NAME)
      set_target_properties(${name} PROPERTIES IMPORTED_LOCATION "${output}" IMPORTED_SONAME "${soname}")
    else()
      add_library(${name} INTERFACE IMPORTED GLOBAL)
      target_link_libraries(${name} INTERFACE "${output}" Threads::Threads m)
    endif()
    add_dependencies(${name} ${name}_model)
    target_include_directories(${name} INTERFACE "${folder}")
  endif()
  set_target_properties(${name} PROPERTIES QUERN_OUTPUT "${output}")
endfunction()
