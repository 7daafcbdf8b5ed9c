/* What a body is, by its first bytes: browsers' sniffing rules (WHATWG "MIME Sniffing") and, beyond them, what an
 * administrator wants to name in a rule: executables, archives, office files with macros, disk images, fonts.
 * The sender's label is a hint: it never overrules a signature, and names a kind only where the bytes agree with it
 * (JavaScript is text, a protobuf is not).  It does not open archives and decodes no content coding.
 * It cannot fail: bytes that say nothing are MIME_TEXT or MIME_BINARY.  Pure; any thread. */
#ifndef SLUICE_CLASSIFY_MIME_H
#define SLUICE_CLASSIFY_MIME_H

#include "base/slice.h"

/* What the WHATWG calls the resource header: with this many bytes (or the whole body) every text type is decided. */
#define MIME_HEAD 1445
/* More is worth showing where it is held anyway: office macros, and the mark of an ISO image at 32 KiB. */
#define MIME_HEAD_MAX 34816

enum mime_class {
	MIME_CLASS_NONE, /* an empty body */
	MIME_CLASS_BINARY,
	MIME_CLASS_TEXT,
	MIME_CLASS_HTML,
	MIME_CLASS_CSS,
	MIME_CLASS_SCRIPT, /* what a browser runs: JavaScript, WebAssembly */
	MIME_CLASS_JSON,
	MIME_CLASS_XML,
	MIME_CLASS_IMAGE,
	MIME_CLASS_AUDIO,
	MIME_CLASS_VIDEO,
	MIME_CLASS_FONT,
	MIME_CLASS_ARCHIVE,
	MIME_CLASS_EXECUTABLE, /* what a system runs: programs, packages, shell scripts */
	MIME_CLASS_DOCUMENT,
	MIME_CLASS_OFFICE,
	MIME_CLASS_OFFICE_MACRO, /* an office file that carries macros, where the head shows them */
	MIME_CLASS_DISK_IMAGE,
	MIME_CLASS_COUNT
};

enum mime_type {
	MIME_EMPTY,
	MIME_BINARY,
	MIME_TEXT,
	/* text that a label or an extension refines */
	MIME_HTML,
	MIME_XHTML,
	MIME_CSS,
	MIME_CSV,
	MIME_MARKDOWN,
	MIME_JAVASCRIPT,
	MIME_JSON,
	MIME_NDJSON,
	MIME_XML,
	MIME_RSS,
	MIME_ATOM,
	MIME_SVG,
	MIME_MATHML,
	MIME_CALENDAR,
	MIME_VCARD,
	MIME_EVENT_STREAM,
	MIME_WEBVTT,
	MIME_HLS,
	MIME_MANIFEST,
	MIME_FORM,
	MIME_MULTIPART,
	MIME_MAIL,
	MIME_PEM,
	MIME_PGP,
	MIME_DIFF,
	/* scripts of a system */
	MIME_SHELL,
	MIME_PERL,
	MIME_PYTHON,
	MIME_RUBY,
	MIME_PHP,
	MIME_AWK,
	MIME_TCL,
	MIME_LUA,
	MIME_BATCH,
	MIME_POWERSHELL,
	MIME_VBSCRIPT,
	MIME_HTA,
	/* programs and packages */
	MIME_WASM,
	MIME_PE,
	MIME_DOS,
	MIME_ELF,
	MIME_ELF_SHARED,
	MIME_ELF_OBJECT,
	MIME_ELF_CORE,
	MIME_MACHO,
	MIME_JAVA_CLASS,
	MIME_DEX,
	MIME_APK,
	MIME_JAR,
	MIME_IPA,
	MIME_DEB,
	MIME_RPM,
	MIME_MSI,
	MIME_CRX,
	MIME_XPI,
	MIME_XAR,
	MIME_SHORTCUT,
	MIME_SWF,
	MIME_LLVM_BITCODE,
	MIME_PYTHON_BYTECODE,
	/* archives and compressed files */
	MIME_ZIP,
	MIME_GZIP,
	MIME_BZIP2,
	MIME_XZ,
	MIME_LZMA,
	MIME_LZIP,
	MIME_LZ4,
	MIME_ZSTD,
	MIME_COMPRESS,
	MIME_7ZIP,
	MIME_RAR,
	MIME_TAR,
	MIME_CAB,
	MIME_AR,
	MIME_CPIO,
	MIME_ARJ,
	MIME_LHA,
	MIME_ACE,
	/* documents */
	MIME_PDF,
	MIME_POSTSCRIPT,
	MIME_RTF,
	MIME_EPUB,
	MIME_MOBI,
	MIME_DJVU,
	MIME_CHM,
	MIME_DVI,
	MIME_OLE,
	MIME_OLE_MACRO,
	MIME_DOC,
	MIME_XLS,
	MIME_PPT,
	MIME_OUTLOOK,
	MIME_OOXML,
	MIME_DOCX,
	MIME_XLSX,
	MIME_PPTX,
	MIME_DOCM,
	MIME_XLSM,
	MIME_PPTM,
	MIME_OOXML_MACRO,
	MIME_ODT,
	MIME_ODS,
	MIME_ODP,
	MIME_ODG,
	MIME_ODF,
	MIME_ONENOTE,
	/* disk images */
	MIME_ISO,
	MIME_DMG,
	MIME_QCOW,
	MIME_VHD,
	MIME_VHDX,
	MIME_VMDK,
	MIME_VDI,
	MIME_WIM,
	MIME_SQUASHFS,
	MIME_DISK,
	/* images */
	MIME_PNG,
	MIME_JPEG,
	MIME_GIF,
	MIME_WEBP,
	MIME_BMP,
	MIME_ICO,
	MIME_CUR,
	MIME_TIFF,
	MIME_AVIF,
	MIME_HEIC,
	MIME_JXL,
	MIME_JP2,
	MIME_PSD,
	MIME_XCF,
	MIME_XPM,
	MIME_XBM,
	MIME_PNM,
	MIME_WMF,
	MIME_EMF,
	/* sound */
	MIME_MP3,
	MIME_AAC,
	MIME_M4A,
	MIME_OGG_AUDIO,
	MIME_FLAC,
	MIME_WAV,
	MIME_AIFF,
	MIME_AU,
	MIME_MIDI,
	MIME_AMR,
	/* moving pictures */
	MIME_MP4,
	MIME_QUICKTIME,
	MIME_3GP,
	MIME_WEBM,
	MIME_MATROSKA,
	MIME_OGG_VIDEO,
	MIME_OGG,
	MIME_AVI,
	MIME_MPEG,
	MIME_MPEG_TS,
	MIME_FLV,
	MIME_ASF,
	/* fonts */
	MIME_WOFF,
	MIME_WOFF2,
	MIME_TTF,
	MIME_OTF,
	MIME_TTC,
	MIME_EOT,
	MIME_TYPE1,
	MIME_PCF,
	/* data */
	MIME_SQLITE,
	MIME_PCAP,
	MIME_GETTEXT,
	MIME_TORRENT,
	MIME_PROTOBUF,
	MIME_GRPC,
	MIME_CBOR,
	MIME_MSGPACK,
	MIME_DER,
	MIME_RIFF,
	MIME_COUNT
};

/* What the answer rests on; evidence for a block page, a record, or `explain`. */
enum mime_evidence {
	MIME_BY_NOTHING,   /* an empty body */
	MIME_BY_SIGNATURE, /* bytes that only this type has */
	MIME_BY_MARKUP,    /* an element, a document type */
	MIME_BY_LABEL,     /* Content-Type, and the bytes agree */
	MIME_BY_NAME,      /* the extension of the URL's path, and the bytes agree */
	MIME_BY_BYTES,     /* text or binary, no more is known */
};

/* What the sender says; both may be empty. */
struct mime_hints {
	struct slice label; /* the value of Content-Type, parameters and all */
	struct slice path;  /* of the URL, without the query; only its extension is used */
};

struct mime_answer {
	enum mime_type type;
	enum mime_evidence evidence;
	bool label_lies; /* the label names a class that the bytes exclude */
};

/* Whether bytes behind these, up to MIME_HEAD_MAX, may say more than these do: the directory of an OLE file, further
 * members of an office file, the mark of a disk image behind an empty system area. */
bool mime_shows_later(struct slice head);
/* Looks at the first bytes of a body (content coding removed): all of it, or MIME_HEAD bytes and preferably more.
 * Under a microsecond but for office files, whose first member is inflated (bounded). */
struct mime_answer mime_sniff(struct slice head, const struct mime_hints *hints);

/* "image/png"; lives for ever. */
const char *mime_type_name(enum mime_type type);
enum mime_class mime_type_class(enum mime_type type);
/* "office-macro", as rules write it. */
const char *mime_class_name(enum mime_class c);
/* False where there is no such class. */
bool mime_class_parse(struct slice name, enum mime_class *out);
/* "signature", "label": for records. */
const char *mime_evidence_name(enum mime_evidence evidence);
/* The type that a Content-Type names (parameters are skipped), or MIME_EMPTY where it is not known here. */
enum mime_type mime_type_of_label(struct slice label);
/* The type that the extension of a path or file name suggests, or MIME_EMPTY. */
enum mime_type mime_type_of_path(struct slice path);

#endif
