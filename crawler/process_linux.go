package crawler

import "syscall"

// dieWithParent has the kernel end the program where we are killed.
func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }
