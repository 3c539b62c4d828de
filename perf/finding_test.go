//go:build bench

package perf

import (
	"fmt"
	"os"
	"text/tabwriter"
)

// finding is one line of what was found: what, its figure, what it should be, and whether it is.
type finding struct {
	what, figure, target string
	met                  bool
}

// found prints a finding at once, and keeps it for the table.
func (g *growth) found(f finding) {
	fmt.Printf("  %s: %s (%s)\n", f.what, f.figure, f.target)
	g.findings = append(g.findings, f)
}

// printFindings prints all as a table that can be quoted.
func printFindings(findings []finding) {
	fmt.Printf("\nLoad %s\n\n", load())
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', tabwriter.Debug)
	fmt.Fprintln(w, "\t what\t figure\t target\t \t")
	fmt.Fprintln(w, "\t ---\t ---\t ---\t ---\t")
	for _, f := range findings {
		verdict := "misses"
		if f.met {
			verdict = ""
		}
		fmt.Fprintf(w, "\t %s\t %s\t %s\t %s\t\n", f.what, f.figure, f.target, verdict)
	}
	w.Flush()
}
