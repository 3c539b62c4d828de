package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/nod-chat/nod/storage/table"
)

// sheetFile is a file that is being written beside its place.
type sheetFile struct {
	table.Writer
	place string
	file  *os.File // nil: standard output
	buf   *bufio.Writer
}

// createSheet begins a file of the form that its name asks for. Only its owner may read it.
func createSheet(name, title string, stdout io.Writer) (*sheetFile, error) {
	if name == "-" {
		w, err := table.NewCSV(stdout)
		return &sheetFile{Writer: w}, err
	}
	open := table.NewCSV
	switch ending := strings.ToLower(filepath.Ext(name)); ending {
	case ".csv":
	case ".xlsx":
		open = func(w io.Writer) (table.Writer, error) { return table.NewWorkbook(w, title) }
	default:
		return nil, usageError{fmt.Errorf("%s ends in neither .csv nor .xlsx", name)}
	}
	file, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-")
	if err != nil {
		return nil, err
	}
	s := &sheetFile{place: name, file: file, buf: bufio.NewWriter(file)}
	if s.Writer, err = open(s.buf); err != nil {
		s.discard()
		return nil, err
	}
	return s, nil
}

// keep moves the file to its place.
func (s *sheetFile) keep() error {
	err := s.Close()
	if s.file == nil || err != nil {
		return err
	}
	if err := errors.Join(s.buf.Flush(), s.file.Sync(), s.file.Close()); err != nil {
		return err
	}
	return os.Rename(s.file.Name(), s.place)
}

// discard takes away what was not kept.
func (s *sheetFile) discard() {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.file.Name())
	}
}
