// The option string of mount(2) for an overlay, for kernels without `lowerdir+`: short names, so
// that 500 layers fit into one page.

#ifndef COWBELL_RUNTIME_ROOTFS_OVERLAY_OPTIONS_H_
#define COWBELL_RUNTIME_ROOTFS_OVERLAY_OPTIONS_H_

#include <string>
#include <utility>
#include <vector>

#include "runtime/rootfs/overlay.h"

namespace cowbell {

// {name, absolute directory} of the links that the options speak of.
std::vector<std::pair<std::string, std::string>> OverlayLinks(const OverlaySpec& spec);

// "lowerdir=0:1:…,upperdir=up,workdir=wk".
std::string OverlayOptions(const OverlaySpec& spec);

}  // namespace cowbell

#endif  // COWBELL_RUNTIME_ROOTFS_OVERLAY_OPTIONS_H_
