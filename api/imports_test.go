package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"keur/members/imports"
)

// longFile is a file of members that is made while it is read. A column that
// nobody wants makes it as large as a file of many more members.
type longFile struct {
	rows, made int
	filler     string
	rest       []byte
	read       int64
}

func (f *longFile) Read(b []byte) (int, error) {
	if len(f.rest) == 0 {
		if f.made == f.rows {
			return 0, io.EOF
		}
		f.rest = fmt.Appendf(f.rest, "member%d@x.nl;%s\n", f.made, f.filler)
		f.made++
	}
	n := copy(b, f.rest)
	f.rest, f.read = f.rest[n:], f.read+int64(n)
	return n, nil
}

// TestUploadIsNeverHeldWhole isn't parallel, so that the memory is its own.
func TestUploadIsNeverHeldWhole(t *testing.T) {
	const rows, most = 9_000, 64 << 20
	d := newDesk(t)
	body := &longFile{rows: rows, filler: strings.Repeat("nobody wants this ", 1000), rest: []byte("email;notes\n")}
	r := httptest.NewRequest(http.MethodPost, fmt.Sprintf("http://keur.test/labels/%d/imports", d.label.ID), body)
	r.Header.Set("Authorization", "Bearer "+d.tokens["planner"])
	r.Header.Set("Content-Type", "text/csv")
	defer debug.SetGCPercent(debug.SetGCPercent(100)) // as a server collects; tests do so seldom
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	runtime.ReadMemStats(&after) // HeapSys is the largest that the heap has been
	var done imports.Import
	if err := json.Unmarshal(w.Body.Bytes(), &done); err != nil || w.Code/100 != 2 || done.Inserted != rows {
		t.Fatalf("%d %s, %v", w.Code, w.Body, err)
	}
	if grown := int64(after.HeapSys) - int64(before.HeapSys); body.read < 2*most || grown > most {
		t.Errorf("the heap grew by %d MB for a file of %d MB", grown>>20, body.read>>20)
	}
}
