//go:build !linux

package main

import "syscall"

// childAttr can do nothing here: after kill -9 of dev its servers go on until they are stopped by hand.
func childAttr(syscall.Signal) *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
