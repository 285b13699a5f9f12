# Static archives of Debian's -dev packages, for the programs that must start fast or run anywhere.
function(cowbell_static_archive target archive)
  find_library(COWBELL_${target}_ARCHIVE NAMES ${archive} REQUIRED)
  add_library(cowbell_static_${target} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(cowbell_static_${target} PROPERTIES IMPORTED_LOCATION "${COWBELL_${target}_ARCHIVE}")
endfunction()

cowbell_static_archive(crypto libcrypto.a)
cowbell_static_archive(seccomp libseccomp.a)
cowbell_static_archive(zstd libzstd.a)
cowbell_static_archive(z libz.a)
