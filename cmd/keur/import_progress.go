package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"keur/members"
)

// importProgress shows an import on its way: with a bar at a terminal, with a
// line a second elsewhere.
type importProgress struct {
	out      io.Writer
	terminal bool
	bar      *progressbar.ProgressBar
	shown    bool // the columns
	last     time.Time
}

func newImportProgress(out io.Writer) *importProgress {
	file, ok := out.(*os.File)
	return &importProgress{out: out, terminal: ok && term.IsTerminal(int(file.Fd()))}
}

// update takes in where the import is.
func (s *importProgress) update(p members.Progress) {
	if p.Reading {
		s.line("reading: %d rows", p.Done)
		return
	}
	if !s.shown {
		s.shown = true
		s.columns(p)
	}
	if s.terminal && s.bar == nil {
		s.bar = progressbar.NewOptions64(p.Total, progressbar.OptionSetWriter(s.out), progressbar.OptionSetDescription("importing"),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("rows"), progressbar.OptionFullWidth())
	}
	if s.bar != nil {
		_ = s.bar.Set64(p.Done)
		return
	}
	s.line("importing: %d of %d rows", p.Done, p.Total)
}

// line prints one, unless the last one was less than a second ago.
func (s *importProgress) line(format string, args ...any) {
	if time.Since(s.last) < time.Second {
		return
	}
	s.last = time.Now()
	fmt.Fprintf(s.out, format+"\n", args...)
}

// columns shows how the file was understood.
func (s *importProgress) columns(p members.Progress) {
	if p.Resumed {
		fmt.Fprintf(s.out, "going on with import %d\n", p.ID)
	}
	for _, c := range p.Columns {
		switch {
		case c.Target == "":
			fmt.Fprintf(s.out, "%-24s is left out\n", c.Header)
		case c.New:
			fmt.Fprintf(s.out, "%-24s → %s (%s, a new attribute)\n", c.Header, c.Target, c.Type)
		default:
			fmt.Fprintf(s.out, "%-24s → %s\n", c.Header, c.Target)
		}
	}
}

// end leaves the terminal on a new line.
func (s *importProgress) end() {
	if s.bar != nil {
		_ = s.bar.Exit()
		fmt.Fprintln(s.out)
	}
}
