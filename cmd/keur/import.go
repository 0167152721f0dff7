package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"keur/internal/typed"
	"keur/internal/words"
	"keur/labels"
	"keur/members"
	"keur/members/imports"
	"keur/members/imports/lists"
	"keur/members/imports/standing"
	"keur/members/imports/tabular"
)

type importCommand struct {
	Members      importMembers      `cmd:"" help:"Import members from a CSV or TSV file, compressed or not, or from the first sheet of XLSX or ODS. Run it again to go on after a stop."`
	Suppressions importSuppressions `cmd:"" help:"Add a file of addresses, or of their hashes (SHA-256, SHA-1, MD5), to a label's suppression list."`
}

// importFile is a file and the label that it is for.
type importFile struct {
	Label string `required:"" help:"Code of the label that the file is for."`
	File  string `required:"" help:"The file; - for standard input." placeholder:"FILE"`
}

// read calls do with the file, its label and the stores, and closes them.
func (f importFile) read(ctx context.Context, settings *Settings, at console, log *slog.Logger,
	do func(context.Context, *stores, labels.Label, io.Reader) error,
) error {
	file, err := openFile(f.File, at)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	ctx, d, err := openStores(ctx, settings, log)
	if err != nil {
		return err
	}
	defer d.Close(ctx)
	label, err := d.labels.ByCode(ctx, f.Label)
	if err != nil {
		return err
	}
	return do(ctx, d, label, file)
}

type importSuppressions struct {
	importFile
	Reason members.Reason `help:"Of entries whose row gives none: unsubscribe, complaint, hard_bounce or manual." default:"manual"`
}

// Run adds the list and sums up.
func (c importSuppressions) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	return c.read(ctx, settings, at, log, func(ctx context.Context, d *stores, label labels.Label, file io.Reader) error {
		done, err := lists.Import(ctx, d.members, lists.Options{Label: label.ID, FileName: filepath.Base(c.File), Reason: c.Reason}, file)
		if err == nil {
			fmt.Fprintf(at.out, "%d rows: %d new entries, %d members suppressed, %d rows without an address or hash\n",
				done.Rows, done.Added, done.Suppressed, done.Rejected)
		}
		return err
	})
}

type importMembers struct {
	importFile
	Map            map[string]string `mapsep:"," help:"Columns that can't be guessed, such as email=Adres,first_name=Roepnaam." placeholder:"TARGET=COLUMN,…"`
	Skip           []string          `help:"Columns to leave out." placeholder:"COLUMN,…"`
	Status         []string          `sep:"none" help:"What a word says of who may be mailed, where the import asks, such as Status=gone=unsubscribed; repeatable." placeholder:"COLUMN=WORD=STANDING"`
	Standing       standing.Standing `help:"Of all members of the file, such as unsubscribed; told from its name otherwise."`
	DateOrder      typed.Order       `help:"Of dates such as 03/04/1981 in columns that don't show it: day_first or month_first." placeholder:"ORDER"`
	Types          map[string]string `mapsep:"," help:"Attributes to declare: text, number, date, bool or set." placeholder:"NAME=TYPE,…"`
	Declare        bool              `help:"Make attributes of columns that nobody knows, with a guessed type."`
	ConsentText    string            `help:"What the members agreed to, where the file doesn't say it. Without proof of consent they can't be mailed."`
	ConsentVersion string            `help:"Version of that text."`
	ConsentSource  string            `help:"Where they agreed."`
	ConsentURL     string            `help:"Page of the form where they agreed." placeholder:"URL"`
	ConsentAt      string            `help:"When they agreed, such as 2026-11-21 14:30 in the label's zone." placeholder:"TIME"`
	Source         string            `help:"Where new members come from." default:"import"`
	Delimiter      string            `help:"Character between columns; told from the file otherwise (tab for a tab)."`
	Encoding       string            `help:"utf-8, windows-1252, utf-16, utf-16le, utf-16be, macintosh, cp850 or gb18030; told from the file otherwise."`
	Rejects        string            `help:"CSV file to write what isn't imported to, with row, column, reason and the row itself." placeholder:"FILE"`
	Language       string            `help:"Of the reasons in that file: en, nl or de." enum:"en,nl,de" default:"en"`
	DryRun         bool              `help:"Do everything and keep nothing."`
}

// Run imports the file, shows how it goes, and sums up.
func (c importMembers) Run(ctx context.Context, settings *Settings, at console, log *slog.Logger) error {
	return c.read(ctx, settings, at, log, func(ctx context.Context, d *stores, label labels.Label, file io.Reader) error {
		options, err := c.options(label)
		if err != nil {
			return err
		}
		rejects, err := createRejects(c.Rejects, words.In(c.Language))
		if err != nil {
			return err
		}
		options.Rejects = rejects.add
		show := newImportProgress(at.err)
		done, err := imports.NewImporter(d.DB, d.clock, d.members).Run(ctx, options, file, func(p imports.Progress) {
			rejects.columns = p.Columns
			show.update(p)
		})
		show.end()
		err = errors.Join(err, rejects.close())
		if errors.Is(err, context.Canceled) {
			return fmt.Errorf("stopped after %d of %d rows; they are in. Run the same command again to go on", done.Done, done.Total)
		}
		if err == nil {
			c.sumUp(at.out, done)
		}
		return err
	})
}

// openFile returns the file, or standard input.
func openFile(name string, at console) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(at.in), nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("the file can't be read: %w", err)
	}
	return file, nil
}

// options turns the flags into what an import is told.
func (c importMembers) options(label labels.Label) (imports.Options, error) {
	o := imports.Options{
		Label: label.ID, FileName: filepath.Base(c.File), Map: c.Map, Types: map[string]members.Type{}, Declare: c.Declare,
		Delimiter: c.Delimiter, Encoding: tabular.Encoding(c.Encoding), Source: c.Source, DryRun: c.DryRun,
		Skip: c.Skip, Standing: c.Standing, DateOrder: c.DateOrder,
	}
	for _, text := range c.Status {
		if err := imports.ReadStatus(&o.Status, text); err != nil {
			return o, fmt.Errorf("--status: %w", err)
		}
	}
	if c.Delimiter == "tab" {
		o.Delimiter = "\t"
	}
	for name, typ := range c.Types {
		o.Types[name] = members.Type(typ)
	}
	if c.ConsentText == "" && c.ConsentSource == "" && c.ConsentAt == "" {
		return o, nil
	}
	at, ok := typed.Moment(c.ConsentAt, "", label.Location())
	if !ok {
		return o, errors.New("--consent-at must say when they agreed, such as 2026-11-21 14:30")
	}
	o.Consent = &imports.FileConsent{Text: c.ConsentText, Version: c.ConsentVersion, Source: c.ConsentSource, FormURL: c.ConsentURL, At: at}
	return o, nil
}

// sumUp prints what the import did.
func (c importMembers) sumUp(out io.Writer, done imports.Import) {
	what := fmt.Sprintf("import %d", done.ID)
	if c.DryRun {
		what = "dry run, nothing kept"
	}
	took := ""
	if done.FinishedAt != nil {
		took = " in " + done.FinishedAt.Sub(done.StartedAt).Round(time.Millisecond).String()
	}
	fmt.Fprintf(out, "%s: %d rows%s\n", what, done.Done, took)
	for _, line := range []struct {
		n    int64
		what string
	}{
		{done.Inserted, "new members of the label"},
		{done.Updated, "members updated"},
		{done.Unchanged, "members as they were"},
		{done.Duplicates, "rows whose address came again further on"},
		{done.Rejected, "rows not imported"},
		{done.Omitted, "values left out"},
		{done.NotMailable, "members who can't be mailed, for want of consent or because the file says so"},
		{done.Unsubscribed, "rows that say unsubscribed"},
		{done.Bounced, "rows that say bounced"},
		{done.Complained, "rows that say complained"},
		{done.NeverConsented, "rows that say never consented"},
		{done.Pending, "rows that say not confirmed yet"},
		{done.Listed, "new members on the suppression list"},
	} {
		if line.n > 0 {
			fmt.Fprintf(out, "%10d  %s\n", line.n, line.what)
		}
	}
	if done.Rejected+done.Omitted > 0 && c.Rejects != "" {
		fmt.Fprintf(out, "What was left out, and why, is in %s\n", c.Rejects)
	}
}

// rejectsFile is the CSV of what wasn't imported; without a name it keeps nothing.
type rejectsFile struct {
	file    *os.File
	csv     *csv.Writer
	say     words.Speaker
	columns []imports.Column // of the file
	begun   bool
}

func createRejects(path string, say words.Speaker) (*rejectsFile, error) {
	if path == "" {
		return &rejectsFile{}, nil
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("the file for rejects can't be written: %w", err)
	}
	return &rejectsFile{file: file, csv: csv.NewWriter(file), say: say}, nil
}

func (r *rejectsFile) begin() error {
	if r.begun {
		return nil
	}
	r.begun = true
	header := []string{"row", "column", "reason"}
	for _, c := range r.columns {
		header = append(header, c.Header)
	}
	return r.csv.Write(header)
}

func (r *rejectsFile) add(reject imports.Reject) error {
	if r.csv == nil {
		return nil
	}
	if err := r.begin(); err != nil {
		return err
	}
	return r.csv.Write(append([]string{strconv.FormatInt(reject.Row, 10), reject.Column, r.say.Say(reject.Reason)}, reject.Fields...))
}

func (r *rejectsFile) close() error {
	if r.csv == nil {
		return nil
	}
	err := r.begin()
	r.csv.Flush()
	return errors.Join(err, r.csv.Error(), r.file.Close())
}
