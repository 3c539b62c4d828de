package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func (d *dev) startRedis(ctx context.Context) error {
	program, err := d.program(ctx, redisServer, 0)
	var port string
	switch {
	case err == nil:
		port, err = d.runRedis(ctx, program)
		os.Setenv("PATH", addPath(os.Getenv("PATH"), filepath.Dir(program)))
	case errors.Is(err, errMissing):
		port, err = d.compose(ctx, redisServer, "6379")
	}
	if err != nil {
		return err
	}
	os.Setenv("REDIS_URL", "redis://127.0.0.1:"+port+"/0")
	return nil
}

// runRedis starts the program and returns its port.
func (d *dev) runRedis(ctx context.Context, program string) (port string, err error) {
	owner, err := serverUser("redis", "valkey", "nobody")
	if err != nil {
		return "", err
	}
	data := filepath.Join(d.dir, "redis")
	if err := makePrivate(data, owner); err != nil {
		return "", err
	}
	for begin := time.Now(); ; {
		port, err = freePort()
		if err != nil {
			return "", err
		}
		err = d.serve(ctx, redisServer, redisCommand(program, data, port, d.opt), owner, syscall.SIGTERM,
			func(pid int) bool { return redisReady(port, pid) })
		if err == nil || !passing(err) || time.Since(begin) > retryFor {
			return port, err
		}
	}
}

// redisCommand keeps a snapshot between runs. It holds sessions only, so losing the last minute of it is no harm.
func redisCommand(program, data, port string, opt options) *exec.Cmd {
	args := []string{"--bind", "127.0.0.1", "--port", port, "--dir", data, "--appendonly", "no"}
	if opt.test {
		args = append(args, "--save", "")
	} else {
		args = append(args, "--save", "60", "1", "--stop-writes-on-bgsave-error", "no")
	}
	cmd := exec.Command(program, args...)
	cmd.Dir = data
	return cmd
}

// redisReady asks whoever answers on the port whether it is our process: another server may have taken the port first.
func redisReady(port string, pid int) bool {
	conn, err := net.DialTimeout("tcp", "127.0.0.1:"+port, time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Second))
	fmt.Fprint(conn, "INFO server\r\nQUIT\r\n")
	want := fmt.Sprintf("process_id:%d", pid)
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		if strings.TrimSpace(lines.Text()) == want {
			return true
		}
	}
	return false
}
