package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"keur/members/imports"
)

// importProgress shows an import on its way: with a bar at a terminal, with a
// line a second elsewhere.
type importProgress struct {
	out      io.Writer
	terminal bool
	bar      *progressbar.ProgressBar
	shown    bool // the columns
	begun    time.Time
	first    int64 // rows that were in when it began
	last     time.Time
}

func newImportProgress(out io.Writer) *importProgress {
	file, ok := out.(*os.File)
	return &importProgress{out: out, terminal: ok && term.IsTerminal(int(file.Fd())), last: time.Now()}
}

// update takes in where the import is.
func (s *importProgress) update(p imports.Progress) {
	switch {
	case p.Reading && s.terminal:
		fmt.Fprintf(s.out, "\rreading the file: %d rows", p.Done)
		return
	case p.Reading:
		s.line("reading the file: %d rows", p.Done)
		return
	case !s.shown:
		s.shown, s.begun, s.first = true, time.Now(), p.Done
		s.columns(p)
	}
	if s.terminal && p.Total > 0 {
		s.draw(p)
		return
	}
	s.line("importing: %d of %d rows", p.Done, p.Total)
}

// draw moves the bar. The library's own rate is left out: it takes chunks that
// come in at once for a speed.
func (s *importProgress) draw(p imports.Progress) {
	if s.bar == nil {
		s.bar = progressbar.NewOptions64(p.Total, progressbar.OptionSetWriter(s.out), progressbar.OptionFullWidth(),
			progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false), progressbar.OptionShowDescriptionAtLineEnd(),
			progressbar.OptionUseANSICodes(true))
	}
	if took := time.Since(s.begun).Seconds(); p.Done > s.first && took > 0 {
		rate := float64(p.Done-s.first) / took
		left := time.Duration(float64(p.Total-p.Done) / rate * float64(time.Second)).Round(time.Second)
		s.bar.Describe(fmt.Sprintf("%.0f rows/s, %s left", rate, left))
	}
	_ = s.bar.Set64(p.Done)
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
func (s *importProgress) columns(p imports.Progress) {
	if s.terminal {
		fmt.Fprint(s.out, "\r\x1b[K") // the line about the reading
	}
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
