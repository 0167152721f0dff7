package requests

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"keur/internal/fault"
)

// TestDepartmentsAreNotFlooded: whoever may ask can't have anything mailed to
// anybody, as often as they like: not by asking, handing to and fro, or remarks.
func TestDepartmentsAreNotFlooded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r, err := h.Create(h.ann, Request{Kind: Task, Title: "x", Department: "Design", Address: "design@p.nl"})
	if err != nil {
		t.Fatal(err)
	}
	for range dayLetters - 1 {
		if err := h.Comment(h.ann, r.ID, "and"); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Comment(h.ann, r.ID, "and once more"); !fault.Is(err, fault.Limited) {
		t.Errorf("a remark too many: %v", err)
	}
	again := Request{Kind: Task, Title: "x", Department: "Studio", Address: "Design@p.nl"}
	if _, err := h.Create(h.ann, again); !fault.Is(err, fault.Limited) {
		t.Errorf("under another name: %v", err)
	}
	h.fake.Add(24 * time.Hour)
	if err := h.Comment(h.ann, r.ID, "a day later"); err != nil {
		t.Error(err)
	}
	h.db.Owner.MustExec(`
		INSERT INTO request_links (token_hash, request_id, address, expires_at)
		SELECT sha256(n::text::bytea), 1, n || '@p.nl', $1 FROM generate_series(1, $2::int) AS n`, h.fake.Now().Add(linkLife), dayLabelLetters)
	if _, err := h.Create(h.ann, Request{Kind: Task, Title: "x", Department: "Else", Address: "else@p.nl"}); !fault.Is(err, fault.Limited) {
		t.Errorf("to strangers one after another: %v", err)
	}
}

// TestWhatIsAskedIsReadAsItIs: titles, departments, and what strangers bring along,
// do nothing that nobody sees.
func TestWhatIsAskedIsReadAsItIs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, r := range map[string]Request{
		"title": {Title: "pay\u202Enow"}, "titles": {Title: "x\r\nBcc: eve@x.nl"},
		"department":  {Title: "x", Department: "IT\u200B", Address: "it@p.nl"},
		"departments": {Title: "x", Department: strings.Repeat("x", 121), Address: "it@p.nl"},
	} {
		r.Kind = Task
		if _, err := h.Create(h.ann, r); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r, err := h.Create(h.ann, Request{Kind: Task, Title: "x", Department: "IT", Address: "it@p.nl"})
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(h.mails()[0].Body, "/answer/")
	if err := h.Answer(t.Context(), strings.TrimSpace(token), Reply{
		Name: " Ann\u202E" + strings.Repeat("x", 200), Body: "ok",
		Files: []Upload{{"invoice\u202Efdp.exe", []byte("MZ")}, {"\u200B", []byte("x")}},
	}); err != nil {
		t.Fatal(err)
	}
	said, err := h.Comments(t.Context(), r.ID)
	if err != nil || len(said) != 1 || len(said[0].AuthorName) != 120 || !strings.HasPrefix(said[0].AuthorName, "Ann x") {
		t.Errorf("%+v, %v", said, err)
	}
	files, err := h.Files(t.Context(), r.ID)
	if err != nil || len(files) != 2 || files[0].Name != "invoice fdp.exe" || files[1].Name != "file" {
		t.Errorf("%+v, %v", files, err)
	}
}

// TestFilesAreCountedOneByOne: as many as a request may have are not passed by
// bringing several at once.
func TestFilesAreCountedOneByOne(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r, err := h.Create(h.ann, Request{Kind: Task, Title: "x"}, Upload{"x", []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	h.db.Owner.MustExec(`
		INSERT INTO request_files (request_id, hash, name, size, created_at)
		SELECT f.request_id, f.hash, f.name, 1, now() FROM request_files f, generate_series(2, $1)`, maxFiles-2)
	var all sync.WaitGroup
	var kept atomic.Int32
	for n := range 8 {
		all.Go(func() {
			if h.AddFile(h.ann, r.ID, Upload{"x", []byte{byte(n + 1)}}) == nil {
				kept.Add(1)
			}
		})
	}
	all.Wait()
	if files, err := h.Files(t.Context(), r.ID); err != nil || len(files) != maxFiles || kept.Load() != 2 {
		t.Errorf("%d files, %d of them at once, %v", len(files), kept.Load(), err)
	}
}
