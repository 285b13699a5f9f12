#include "runtime/cli/command.h"
#include "runtime/cli/commands.h"

int main(int argc, char** argv) { return cowbell::Dispatch(cowbell::CalfCommands(), argc, argv); }
