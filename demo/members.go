package demo

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/text/encoding/charmap"

	"keur/members/imports"
	"keur/segments"
)

// importMembers writes each label's members to a file as such labels have
// them, and imports it.
func (p *Publisher) importMembers(ctx context.Context) (string, error) {
	var total imports.Counts
	for i, m := range p.Markets {
		// The interests are a set: a file can't tell that by itself.
		for name, kind := range map[string]string{"interests": "set", "points": "number"} {
			if err := p.Put(ctx, p.Planner, fmt.Sprintf("/labels/%d/attributes/%s", m.Label.ID, name), map[string]string{"type": kind},
				nil); err != nil {
				return "", err
			}
		}
		known, err := p.CountMembers(ctx, m) // of an earlier demo, which may have been larger
		if err != nil {
			return "", err
		}
		file, err := p.writeMembers(m, max(known, p.Count*[]int{60, 40}[i]/100))
		if err != nil {
			return "", err
		}
		done, err := p.importFile(ctx, m, file)
		if err != nil {
			return "", err
		}
		total.Inserted += done.Inserted
		total.Updated += done.Updated
		total.Unchanged += done.Unchanged
		total.Rejected += done.Rejected
	}
	return fmt.Sprintf("two CSV files: %s new, %s changed, %s known; %s rows refused",
		Grouped(total.Inserted), Grouped(total.Updated), Grouped(total.Unchanged), Grouped(total.Rejected)), nil
}

// importFile does what keur import members does.
func (p *Publisher) importFile(ctx context.Context, m *Market, file string) (imports.Import, error) {
	f, err := os.Open(file)
	if err != nil {
		return imports.Import{}, err
	}
	defer func() { _ = f.Close() }()
	return p.Importer.Run(ctx, imports.Options{
		Label: m.Label.ID, FileName: filepath.Base(file), Map: m.File.Columns, Declare: true, Source: "demo",
	}, f, nil)
}

// writeMembers writes n members to a CSV file and returns its name. Two rows
// more can't be imported.
func (p *Publisher) writeMembers(m *Market, n int) (string, error) {
	people, err := newPeople(m, p.Began.Truncate(24*time.Hour))
	if err != nil {
		return "", err
	}
	file, err := os.Create(filepath.Join(p.Folder, "members-"+m.Label.Code+".csv"))
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	var into io.Writer = file
	if m.Label.Code == "de" { // as a German office program saves it
		into = charmap.Windows1252.NewEncoder().Writer(file)
	}
	out := csv.NewWriter(into)
	out.Comma = ';'
	if err := out.Write(m.File.Header); err != nil {
		return "", err
	}
	for range n {
		address, tracked, row := people.next()
		p.Tracked[address] = tracked
		if err := out.Write(row); err != nil {
			return "", err
		}
	}
	for _, address := range []string{"piet.puntkomma", "zonder@apenstaartje@twee.example"} {
		_, _, row := people.next()
		row[0] = address
		if err := out.Write(row); err != nil {
			return "", err
		}
	}
	out.Flush()
	return file.Name(), out.Error()
}

// CountMembers counts a label's members.
func (p *Publisher) CountMembers(ctx context.Context, m *Market) (int, error) {
	var counted struct{ N int }
	everyone := map[string]any{"rule": segments.Everyone()}
	err := p.Create(ctx, p.Planner, fmt.Sprintf("/labels/%d/segments/count", m.Label.ID), everyone, &counted)
	return counted.N, err
}
