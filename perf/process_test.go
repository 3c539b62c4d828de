//go:build bench

package perf

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a program may take to become ready, or to end.
const patience = time.Minute

// program is a server that is measured, as a process of its own.
type program struct {
	t     *testing.T
	cmd   *exec.Cmd
	ended chan struct{}
	said  lines
	took  time.Duration // from its start until it was ready
}

// lines is what a program printed.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// last gives the end of it, which tells why a program ended.
func (l *lines) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.text.String()
	return text[max(0, len(text)-2000):]
}

// startProgram starts a server with nothing but these variables and PATH, and waits until the address ready answers with 200. It ends with
// the test.
func startProgram(t *testing.T, ready string, env []string, command ...string) *program {
	t.Helper()
	p := &program{t: t, cmd: exec.CommandContext(t.Context(), command[0], command[1:]...), ended: make(chan struct{})}
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "TZ=UTC"}, env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.said, &p.said
	begin := time.Now()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.cmd.Wait(); close(p.ended) }()
	t.Cleanup(func() { <-p.ended })
	look, late := time.NewTicker(time.Millisecond), time.After(patience)
	defer look.Stop()
	for {
		if r, err := http.Get(ready); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				p.took = time.Since(begin)
				return p
			}
		}
		select {
		case <-look.C:
		case <-p.ended:
			t.Fatalf("%s ended at its start:\n%s", command[0], p.said.last())
		case <-late:
			t.Fatalf("%s does not become ready:\n%s", command[0], p.said.last())
		}
	}
}

// startNod starts the real program over a company, at the two addresses on which it listens.
func startNod(b *bench, address, admin string, chats ...string) *program {
	b.Helper()
	binary := os.Getenv("NOD_BENCH_BINARY")
	if binary == "" {
		b.Fatal("NOD_BENCH_BINARY is not set: run this by make, which builds the program")
	}
	return startProgram(b.T, "http://"+admin+"/readyz", append(chats, "DATABASE_URL="+b.db.URL, "NOD_MIGRATE=off",
		"REDIS_URL="+os.Getenv("REDIS_URL"), "NOD_ADDR="+address, "NOD_ADMIN_ADDR="+admin,
		"NOD_CLOCK_OFFSET="+b.clock.Offset().String()), binary, "serve")
}

// stop ends the program as an operator does, and waits for it.
func (p *program) stop() {
	p.t.Helper()
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("%s does not stop:\n%s", p.cmd.Path, p.said.last())
	}
}

// halt has the program stand still, and resume has it go on. It should be less than the minute after which nod calls its own loops late.
func (p *program) halt() { p.cmd.Process.Signal(syscall.SIGSTOP) }

func (p *program) resume() { p.cmd.Process.Signal(syscall.SIGCONT) }

// cpu is the time that the program has used so far; zero: unknown.
func (p *program) cpu() time.Duration { return processes(strconv.Itoa(p.cmd.Process.Pid)).cpu() }

// freePort gives a port on which nothing listens.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := strings.Cut(l.Addr().String(), ":")
	return port
}
