package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// maxBody is enough for a mailing with its template; uploads have limits of
// their own.
const maxBody = 1 << 20

// operation is one thing that the API does.
type operation struct {
	method, path, summary string
	access                access
	status                int
	edits                 bool // names with If-Match what it was made on
	once                  bool // honours Idempotency-Key
	streams               bool // reads its body itself, of any size
	bodyLimit             int64
	body                  *huma.RequestBody // of what streams
}

// read is an operation that changes nothing.
func read(path, summary string, who access) operation {
	return operation{method: http.MethodGet, path: path, summary: summary, access: who, status: http.StatusOK}
}

// create is an operation that makes something new.
func create(path, summary string, who access) operation {
	return operation{method: http.MethodPost, path: path, summary: summary, access: who, status: http.StatusCreated, once: true}
}

// edit is an operation that replaces what was read before.
func edit(path, summary string, who access) operation {
	return operation{method: http.MethodPut, path: path, summary: summary, access: who, status: http.StatusOK, edits: true}
}

// put is an operation that sets something, whatever it was before.
func put(path, summary string, who access) operation {
	return operation{method: http.MethodPut, path: path, summary: summary, access: who}
}

// patch is an operation that changes only what it names.
func patch(path, summary string, who access) operation {
	return operation{method: http.MethodPatch, path: path, summary: summary, access: who, status: http.StatusNoContent}
}

// act is an operation that does something with what exists.
func act(path, summary string, who access) operation {
	return operation{method: http.MethodPost, path: path, summary: summary, access: who, status: http.StatusOK, once: true}
}

// ask is an operation that needs a body to say what is asked, and changes nothing.
func ask(path, summary string, who access) operation {
	return operation{method: http.MethodPost, path: path, summary: summary, access: who, status: http.StatusOK}
}

// remove is an operation that ends something.
func remove(path, summary string, who access) operation {
	return operation{method: http.MethodDelete, path: path, summary: summary, access: who, status: http.StatusNoContent}
}

// register adds an operation under tag. handle reads, calls one thing and
// answers; its error becomes a problem here and nowhere else.
func register[I, O any](d *door, tag string, o operation, handle func(context.Context, *I) (*O, error)) {
	limit := max(o.bodyLimit, maxBody)
	middlewares := huma.Middlewares{d.admit(o.access)}
	if o.edits {
		middlewares = append(middlewares, d.demandMatch)
	}
	if !o.streams {
		middlewares = append(middlewares, d.readBody(limit))
	}
	if o.once && !o.streams {
		middlewares = append(middlewares, d.onlyOnce)
	}
	huma.Register(d.api, huma.Operation{
		OperationID: o.id(), Method: o.method, Path: o.path, Summary: o.summary, Tags: []string{tag},
		Description: o.access.String(), DefaultStatus: o.status, MaxBodyBytes: limit + 1,
		Security: []map[string][]string{{"token": {}}}, Middlewares: middlewares,
		Parameters: o.parameters(), RequestBody: o.body, Errors: o.problems(),
	}, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, d.problem(ctx, o.says(), err)
		}
		return out, nil
	})
}

// problems are the statuses that a caller has to expect beside success.
func (o operation) problems() []int {
	found := []int{http.StatusUnauthorized}
	if o.access.Admin || len(o.access.Roles) > 0 {
		found = append(found, http.StatusForbidden)
	}
	if strings.Contains(o.path, "{") {
		found = append(found, http.StatusNotFound)
	}
	if o.method != http.MethodGet {
		found = append(found, http.StatusConflict, http.StatusRequestEntityTooLarge)
	}
	if o.edits {
		found = append(found, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	}
	return append(found, http.StatusUnprocessableEntity, http.StatusServiceUnavailable)
}

// says returns where a caller says what is asked.
func (o operation) says() string {
	if o.method == http.MethodGet {
		return inQuery
	}
	return inBody
}

// id names the operation for client generators: get-labels-by-label.
func (o operation) id() string {
	id := strings.NewReplacer("/{", "-by-", "}", "", "/", "-").Replace(o.path)
	return strings.ToLower(o.method) + id
}

// parameters are the headers that all operations of a kind understand.
func (o operation) parameters() []*huma.Param {
	text := &huma.Schema{Type: "string"}
	var params []*huma.Param
	if o.once && !o.streams {
		params = append(params, &huma.Param{
			Name: "Idempotency-Key", In: "header", Schema: text,
			Description: "A text of your own, up to 200 characters. The same call with the same key within a day gets the first one's answer.",
		})
	}
	if o.edits {
		params = append(params, &huma.Param{
			Name: "If-Match", In: "header", Required: true, Schema: text,
			Description: "The ETag of what you read and now change; * whatever it is now.",
		})
	}
	return params
}
