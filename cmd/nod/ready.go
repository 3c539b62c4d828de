package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

type readyCommand struct{}

// Help shows an example.
func (readyCommand) Help() string {
	return `Asks the nod serve of this machine, at NOD_ADMIN_ADDR/readyz, and prints its answer. It exits with 1 when it cannot work, ` +
		`or when nothing answers: for the health check of a container that holds nothing but nod.

Example: nod ready`
}

// Run asks once.
func (readyCommand) Run(ctx context.Context, p *program) error {
	c, err := readConfig(p.getenv)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(c.AdminAddr)+"/readyz", nil)
	if err != nil {
		return err
	}
	answer, err := (&http.Client{Transport: &http.Transport{}}).Do(ask) // past any proxy: it is this machine
	if err != nil {
		return fmt.Errorf("nothing answers at NOD_ADMIN_ADDR, %s: %s; start nod serve", c.AdminAddr, oneLine(err))
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.AdminAddr, err)
	}
	fmt.Fprintln(p.stdout, strings.TrimSpace(string(body)))
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("nod serve is not ready (%s)", answer.Status)
	}
	return nil
}

// reachable is where an address to listen on is asked: one that means every interface, on this machine.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}
