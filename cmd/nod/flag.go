package main

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"
)

// A flag has one spelling in everything that people read, -apply, as in docs, messages and examples. Typed, --apply is the same.

// double writes -apply as --apply, which is what kong reads. What follows "--" is no flag.
func double(args []string) []string {
	doubled := make([]string, len(args))
	flags := true
	for i, arg := range args {
		flags = flags && arg != "--"
		if flags && len(arg) > 2 && arg[0] == '-' && arg[1] != '-' {
			arg = "-" + arg
		}
		doubled[i] = arg
	}
	return doubled
}

var (
	listedFlag = regexp.MustCompile(`(?m)^( +(?:-\w, )?)--([a-z]\S*)`)
	namedFlag  = regexp.MustCompile(`--([a-z])`)
)

// single writes --apply as -apply. In a list of flags the column of what they mean stays where it is.
func single(text string) string {
	return namedFlag.ReplaceAllString(listedFlag.ReplaceAllString(text, "$1-$2 "), "-$1")
}

// printHelp is kong's help with flags as they are spelled everywhere else.
func printHelp(options kong.HelpOptions, k *kong.Context) error {
	var help bytes.Buffer
	to := k.Stdout
	k.Stdout = &help
	err := kong.DefaultHelpPrinter(options, k)
	k.Stdout = to
	if err != nil {
		return err
	}
	for line := range strings.Lines(single(help.String())) {
		if _, err := to.Write([]byte(strings.TrimRight(line, " \n") + "\n")); err != nil {
			return err
		}
	}
	return nil
}
