package main

import "syscall"

// childAttr has the kernel send sig to the child when dev dies, even by kill -9.
func childAttr(sig syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: sig}
}
