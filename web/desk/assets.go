package desk

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
)

//go:embed assets
var assetFiles embed.FS

// assets are the style, script and icons of the desk. Their address holds a
// hash over all of them, so that browsers keep them for ever and script can
// import its neighbours by name.
type assets struct {
	version string
	files   map[string]asset
	icons   map[string]template.HTML
}

// asset is a file, also compressed where that is worth it.
type asset struct {
	kind        string
	raw, zipped []byte
}

// openAssets returns them. They are compressed once in a process, as all desks
// of it show the same.
var openAssets = sync.OnceValues(func() (*assets, error) {
	a := &assets{files: map[string]asset{}, icons: map[string]template.HTML{}}
	sum := sha256.New()
	err := fs.WalkDir(assetFiles, "assets", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := assetFiles.ReadFile(name)
		if err != nil {
			return err
		}
		name = strings.TrimPrefix(name, "assets/")
		fmt.Fprintf(sum, "%s %d\n", name, len(raw))
		sum.Write(raw)
		if icon, is := strings.CutPrefix(name, "icons/"); is {
			a.icons[strings.TrimSuffix(icon, ".svg")] = template.HTML(bytes.TrimSpace(raw)) // our own, embedded
			return nil
		}
		a.files[name], err = newAsset(name, raw)
		return err
	})
	a.version = hex.EncodeToString(sum.Sum(nil))[:16]
	return a, err
})

func newAsset(name string, raw []byte) (asset, error) {
	if inner, is := strings.CutSuffix(name, ".gz"); is { // large ones are kept compressed
		return asset{kind: mime.TypeByExtension(path.Ext(inner)), zipped: raw}, nil
	}
	var zipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return asset{}, err
	}
	if _, err := w.Write(raw); err != nil {
		return asset{}, err
	}
	if err := w.Close(); err != nil {
		return asset{}, err
	}
	return asset{kind: mime.TypeByExtension(path.Ext(name)), raw: raw, zipped: zipped.Bytes()}, nil
}

// url returns the address of a file: css/desk.css.
func (a *assets) url(name string) (string, error) {
	if _, ok := a.files[name]; !ok {
		if _, ok := a.files[name+".gz"]; !ok {
			return "", fmt.Errorf("there is no asset %s", name)
		}
	}
	return "/assets/" + a.version + "/" + name, nil
}

// icon returns an icon's drawing. It has no words of its own: they stand beside it.
func (a *assets) icon(name string) (template.HTML, error) {
	drawing, ok := a.icons[name]
	if !ok {
		return "", fmt.Errorf("there is no icon %s", name)
	}
	return drawing, nil
}

func (a *assets) serve(c *gin.Context) {
	name := strings.TrimPrefix(c.Param("file"), "/")
	file, ok := a.files[name]
	if !ok {
		file, ok = a.files[name+".gz"]
	}
	if !ok || c.Param("version") != a.version {
		c.Status(http.StatusNotFound)
		return
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Header("Vary", "Accept-Encoding")
	if file.raw == nil || strings.Contains(c.GetHeader("Accept-Encoding"), "gzip") {
		c.Header("Content-Encoding", "gzip")
		c.Data(http.StatusOK, file.kind, file.zipped)
		return
	}
	c.Data(http.StatusOK, file.kind, file.raw)
}

// iconNames returns the names of all icons, in order.
func (a *assets) iconNames() []string { return slices.Sorted(maps.Keys(a.icons)) }
