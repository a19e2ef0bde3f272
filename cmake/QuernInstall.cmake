# Part of Quern, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# What `cmake --install` writes besides the tools and libraries: headers (with the generated ones) and the package files
# that `find_package(Quern)` reads.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Quern)
configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/QuernConfig.cmake.in ${PROJECT_BINARY_DIR}/cmake/QuernConfig.cmake
  INSTALL_DESTINATION ${package_dir}
  PATH_VARS CMAKE_INSTALL_BINDIR CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmake/QuernConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/cmake/QuernConfig.cmake
  ${PROJECT_BINARY_DIR}/cmake/QuernConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/QuernAddModel.cmake
  ${PROJECT_SOURCE_DIR}/cmake/QuernAddPlugin.cmake
  DESTINATION ${package_dir})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/quern ${PROJECT_BINARY_DIR}/include/quern
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN "*.inc" PATTERN "*.def"
  PATTERN CMakeFiles EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/quern)
