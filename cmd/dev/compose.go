package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// compose starts s as a container when a Docker daemon answers, and returns its port on 127.0.0.1. Containers do not end
// with dev when it is killed with -9; the next run takes them over.
func (d *dev) compose(ctx context.Context, s server, inside string) (port string, err error) {
	if err := dockerAnswers(ctx); err != nil {
		d.tried = append(d.tried, "docker: "+err.Error())
		return "", d.missing(s)
	}
	d.say("starting %s with docker compose", s.name)
	down := []string{"rm", "--stop", "--force", s.service}
	if d.opt.test {
		down = []string{"down", "--volumes"}
	}
	d.atEnd(func() { d.composeCommand(context.Background(), down...).Run() })
	if out, err := d.composeCommand(ctx, "up", "--detach", "--wait", s.service).CombinedOutput(); err != nil {
		return "", fmt.Errorf("docker compose: %w: %s", err, lastLines(string(out), 5))
	}
	out, err := d.composeCommand(ctx, "port", s.service, inside).Output()
	if err != nil {
		return "", fmt.Errorf("docker compose port: %w", err)
	}
	address := strings.TrimSpace(string(out))
	return address[strings.LastIndex(address, ":")+1:], nil
}

// dockerAnswers asks the daemon: the client alone, or one without compose, is of no use.
func dockerAnswers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, args := range [][]string{{"version", "--format", "{{.Server.Version}}"}, {"compose", "version"}} {
		if out, err := exec.CommandContext(ctx, "docker", args...).CombinedOutput(); err != nil {
			if len(out) == 0 {
				return err
			}
			return fmt.Errorf("%s", lastLines(string(out), 1))
		}
	}
	return nil
}

// composeCommand names the project after the directory: a test run has containers of its own.
func (d *dev) composeCommand(ctx context.Context, args ...string) *exec.Cmd {
	project := "nod-" + d.key + "-" + filepath.Base(d.dir)
	cmd := exec.CommandContext(ctx, "docker", append([]string{"compose", "--project-name", project, "--file",
		filepath.Join(d.checkout, "compose.yaml")}, args...)...)
	var settings []string
	for _, setting := range postgresSettings(d.opt) {
		settings = append(settings, "-c "+setting)
	}
	cmd.Env = append(os.Environ(), "NOD_POSTGRES_SETTINGS="+strings.Join(settings, " "))
	return cmd
}
