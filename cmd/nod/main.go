// Command nod is the approvals bot and its administrator's tools. This package is wiring: it reads the configuration, opens what a
// subcommand needs and prints what came of it. Each subcommand has a file of its own, is listed in commands below, and decides nothing
// about requests.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // people's zones, wherever the program runs

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr); err != nil {
		for line := range strings.Lines(err.Error()) {
			fmt.Fprintln(os.Stderr, "nod:", strings.TrimSpace(line))
		}
		os.Exit(exitCode(err))
	}
}

const overview = `nod is a chat-ops bot for approvals: people ask in the chat, managers decide there.

To try it with a sample company, on this machine:

    make run

To run it, set DATABASE_URL and REDIS_URL and say

    nod migrate
    nod import people FILE.csv -apply
    nod check
    nod serve

nod -h lists everything it can do, and nod COMMAND -h explains a command.
`

// commands is what the program can do.
type commands struct {
	Serve   serveCommand   `cmd:"" help:"Run the bot."`
	Demo    demoCommand    `cmd:"" help:"Run the bot with a sample company and a web chat on this machine."`
	Migrate migrateCommand `cmd:"" help:"Bring the database up to date."`
	Check   checkCommand   `cmd:"" help:"Report everything that is wrong with the configuration, policy and services."`
	Ready   readyCommand   `cmd:"" help:"Ask the nod serve of this machine whether it can work."`
	Import  importCommand  `cmd:"" help:"Show what a file from a spreadsheet would change, or import it."`
	Export  exportCommand  `cmd:"" help:"Write balances, requests, expenses or payments to a file for a spreadsheet."`
	Link    linkCommand    `cmd:"" help:"Print a code that binds a chat user to an employee."`
	Unlink  unlinkCommand  `cmd:"" help:"End an employee's chats."`
	Audit   auditCommand   `cmd:"" help:"Show or verify the record of who decided what."`
	Request requestCommand `cmd:"" help:"Show a request, or move one that is stuck."`
	Dead    deadCommand    `cmd:"" help:"Show updates that could not be handled, hand them in again, or forget them."`
	Erase   eraseCommand   `cmd:"" help:"Show what erasing a person who has left would take away, or erase them."`
	Purge   purgeCommand   `cmd:"" help:"Show how much requests that ended long ago still say, or erase it."`
	Redraw  redrawCommand  `cmd:"" help:"Have open cards drawn again, after a backup was restored."`
	Diagram diagramCommand `cmd:"" help:"Draw the states of a kind of request."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// program is what a subcommand may use of the world.
type program struct {
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// run is the program without its process.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		_, err := io.WriteString(stdout, overview)
		return err
	}
	helped := false
	parser, err := kong.New(&commands{}, kong.Name("nod"), kong.Description("nod is a chat-ops bot for approvals."),
		kong.Writers(stdout, stderr), kong.Help(printHelp), kong.Exit(func(int) { helped = true }))
	if err != nil {
		return err
	}
	chosen, err := parser.Parse(double(args))
	if helped {
		return nil
	}
	if err != nil {
		return usage(err)
	}
	chosen.BindTo(ctx, (*context.Context)(nil))
	return chosen.Run(&program{getenv: getenv, stdin: stdin, stdout: stdout, stderr: stderr})
}

// usageError says that the program was called wrongly.
type usageError struct{ error }

func usage(err error) error {
	help := "nod"
	var bad *kong.ParseError
	if errors.As(err, &bad) && bad.Context != nil {
		if node := bad.Context.Selected(); node != nil {
			help = node.FullPath()
		}
	}
	return usageError{fmt.Errorf("%s; %s -h explains", single(err.Error()), help)}
}

// exitCode is 1 for what was refused or failed, 2 for what cannot be understood.
func exitCode(err error) int {
	var wrong usageError
	if errors.As(err, &wrong) {
		return 2
	}
	return 1
}
