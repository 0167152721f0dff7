package desk

import (
	"net/http"
	"slices"

	"keur/internal/paging"
	"keur/internal/tables"
)

// FileAsked returns the form of file as which a list is asked for, and whether
// it is.
func FileAsked(x *Exchange) (tables.Form, bool) {
	form := tables.Form(x.Query("format"))
	return form, slices.Contains(tables.Forms(), form)
}

// WantsFile reports whether the list is asked for as a file.
func WantsFile(x *Exchange) bool {
	_, asked := FileAsked(x)
	return asked
}

// Export writes a whole list as the file that is asked for: name is the file's,
// title stands on paper and on the sheet, and fetch is the list's own, with its
// search and filters.
func Export[T any](
	x *Exchange, name, title string, columns []tables.Column[T], fetch func(paging.Ask) (paging.Page[T], error),
) error {
	form, _ := FileAsked(x)
	reader := tables.Reader{Say: x.Say, Zone: LastZone(x), Now: x.Now()}
	table := &tables.Table[T]{Title: title, Columns: columns, Fetch: fetch, Sort: x.Query("sort")}
	return tables.Write(x.Writer, form, reader, table, func() {
		x.Header("Content-Disposition", `attachment; filename="`+form.FileName(name)+`"`)
		x.Header("Content-Type", form.MediaType())
		x.Writer.WriteHeader(http.StatusOK)
	})
}

// WordOf returns a value of a closed set as a table holds it: its code and its
// word in the reader's language, from a family of messages.
func WordOf[V ~string](x *Exchange, family string, value V) (code, word string) {
	if value == "" {
		return "", ""
	}
	return string(value), x.Say.Of(family, string(value))
}

// YesOrNo says whether in the reader's language.
func YesOrNo(x *Exchange, is bool) string {
	if is {
		return x.Say.T("export.yes")
	}
	return x.Say.T("export.no")
}
