package main

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// patience is how long a process may take to stop before it is killed.
const patience = 20 * time.Second

// A child is a process in a group of its own: Ctrl-C in the terminal reaches dev alone, which then decides who stops when.
type child struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// startChild starts cmd as owner (nil: ourselves) and, on Linux, has it sent orphaned should dev die first.
func startChild(cmd *exec.Cmd, owner *syscall.Credential, orphaned syscall.Signal) (*child, error) {
	c := &child{cmd, make(chan struct{})}
	cmd.SysProcAttr = childAttr(orphaned)
	cmd.SysProcAttr.Setpgid = true
	cmd.SysProcAttr.Credential = owner
	started := make(chan error)
	go func() {
		// Linux sends the signal when the thread that started the child ends: keep it until the child has.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			cmd.Wait() // its outcome is in ProcessState
			close(c.done)
		}
	}()
	return c, <-started
}

func (c *child) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// stop asks with sig and insists after a while.
func (c *child) stop(sig syscall.Signal) {
	if c.ended() {
		return
	}
	c.cmd.Process.Signal(sig)
	select {
	case <-c.done:
	case <-time.After(patience):
		c.cmd.Process.Kill()
		<-c.done
	}
}

// runCommand runs COMMAND to its end, passing signals on to it and to what it started, and returns its exit code.
func runCommand(command []string, signals <-chan os.Signal) (int, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	// A group in the background that reads from the terminal is stopped by the kernel, so it gets other input only.
	if info, err := os.Stdin.Stat(); err == nil && info.Mode()&os.ModeCharDevice == 0 {
		cmd.Stdin = os.Stdin
	}
	c, err := startChild(cmd, nil, syscall.SIGTERM)
	if err != nil {
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
			return 127, err
		}
		return 126, err
	}
	group := -cmd.Process.Pid
	// What COMMAND left behind would only stumble over servers that are gone.
	defer syscall.Kill(group, syscall.SIGKILL)
	var late <-chan time.Time
	for {
		select {
		case sig := <-signals:
			syscall.Kill(group, sig.(syscall.Signal))
			if late == nil {
				late = time.After(patience)
			}
		case <-late:
			syscall.Kill(group, syscall.SIGKILL)
		case <-c.done:
			return exitCode(cmd.ProcessState), nil
		}
	}
}

func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}
