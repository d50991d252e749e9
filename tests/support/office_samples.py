"""Small Office files, packed from their parts."""

from __future__ import annotations

import io
import zipfile

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'

BODY = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document {W}><w:body>
<w:p w:rsidR="1"><w:pPr><w:pStyle w:val="Heading1"/></w:pPr>
<w:r><w:t>Una casa</w:t></w:r><w:proofErr w:type="spellStart"/><w:r><w:rPr><w:lang w:val="es-ES"/></w:rPr>
<w:t xml:space="preserve"> muy </w:t></w:r>
<w:r><w:rPr><w:b/></w:rPr><w:t>blanca</w:t></w:r><w:bookmarkStart w:id="0"/><w:r><w:t>, dice Ana.</w:t></w:r></w:p>
<w:p><w:r><w:t>Nombre</w:t><w:tab/><w:t>Fecha de hoy</w:t></w:r></w:p>
<w:p><w:r><w:t>Véase </w:t></w:r><w:hyperlink w:anchor="a"><w:r><w:rPr><w:u/></w:rPr>
<w:t>el capítulo</w:t></w:r></w:hyperlink><w:r><w:t xml:space="preserve"> en la página </w:t></w:r>
<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>
<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>3</w:t></w:r>
<w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t xml:space="preserve"> del libro.</w:t></w:r></w:p>
<w:p><w:r><w:t>Antes</w:t></w:r><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>Dentro</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>
<w:r><w:t>Después</w:t></w:r></w:p>
</w:body></w:document>"""

STRINGS = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<sst {S} count="4"><si><t>El gato &amp; el perro</t></si><si><t>Precio</t></si>
<si><r><t xml:space="preserve">Una casa </t></r><r><rPr><b/></rPr><t>grande</t></r></si><si><t>12</t></si></sst>"""

TABLE = f'<table {S} id="1"><tableColumns><tableColumn id="1" name="Precio"/></tableColumns></table>'

SHEET = f'<worksheet {S}><sheetData><row><c t="inlineStr"><is><t>Buenos días</t></is></c></row></sheetData></worksheet>'


def packed(parts: dict[str, str]) -> bytes:
    """Return an archive of parts."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return data.getvalue()


def docx(body: str = BODY) -> bytes:
    """Return a Word document."""
    return packed({"[Content_Types].xml": TYPES, "word/document.xml": body, "word/styles.xml": "<a/>"})


def xlsx() -> bytes:
    """Return an Excel workbook."""
    return packed(
        {
            "[Content_Types].xml": TYPES,
            "xl/workbook.xml": f"<workbook {S}/>",
            "xl/sharedStrings.xml": STRINGS,
            "xl/tables/table1.xml": TABLE,
            "xl/worksheets/sheet1.xml": SHEET,
        }
    )
