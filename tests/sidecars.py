"""Sidecars as other programs leave them, made by script: Lightroom, darktable, digiKam."""

HEAD = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="{tool}"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
)
FOOT = "</rdf:RDF></x:xmpmeta>"


def _items(kind: str, words: tuple[str, ...]) -> str:
    return f"<rdf:{kind}>{''.join(f'<rdf:li>{w}</rdf:li>' for w in words)}</rdf:{kind}>"


def _array(name: str, kind: str, words: tuple[str, ...]) -> str:
    return f"<{name}>{_items(kind, words)}</{name}>" if words else ""


def lightroom(*words: str, paths: tuple[str, ...] = (), rating: int = 3) -> bytes:
    """Attributes on one description, develop settings, a tone curve, history, a mask."""
    return (
        HEAD.format(tool="Adobe XMP Core 7.0-c000 1.000000")
        + f"""<rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
    xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
    xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
    xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
   xmp:ModifyDate="2024-05-06T07:08:09+02:00" xmp:MetadataDate="2024-05-06T07:08:09+02:00"
   xmp:Rating="{rating}" xmp:Label="Red" photoshop:SidecarForExtension="CR3"
   xmpMM:DocumentID="xmp.did:1" xmpMM:OriginalDocumentID="0A" xmpMM:InstanceID="xmp.iid:2"
   crs:Version="16.0" crs:Exposure2012="+0.55" crs:Temperature="5200" crs:HasSettings="True">
   {_array("dc:subject", "Bag", words)}{_array("lr:hierarchicalSubject", "Bag", paths)}
   <xmpMM:History><rdf:Seq><rdf:li stEvt:action="saved" stEvt:instanceID="xmp.iid:2"
     stEvt:when="2024-05-06T07:08:09+02:00" stEvt:softwareAgent="Adobe Photoshop Lightroom"
     stEvt:changed="/metadata"/></rdf:Seq></xmpMM:History>
   <crs:ToneCurvePV2012><rdf:Seq><rdf:li>0, 0</rdf:li><rdf:li>255, 255</rdf:li></rdf:Seq>
   </crs:ToneCurvePV2012>
   <crs:MaskGroupBasedCorrections><rdf:Seq><rdf:li><rdf:Description crs:What="Correction"
     crs:CorrectionAmount="1"><crs:CorrectionMasks><rdf:Seq><rdf:li crs:What="Mask/Gradient"
     crs:ZeroX="0.5"/></rdf:Seq></crs:CorrectionMasks></rdf:Description></rdf:li></rdf:Seq>
   </crs:MaskGroupBasedCorrections>
  </rdf:Description>"""
        + FOOT
    ).encode()


def darktable(*words: str, rating: int = 2) -> bytes:
    """Its own history in binary texts, keywords in sequences, as IMG.CR3.xmp."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        + HEAD.format(tool="XMP Core 4.4.0-Exiv2")
        + f"""<rdf:Description rdf:about=""
    xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:darktable="http://darktable.sf.net/"
    xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
   exif:DateTimeOriginal="2024:05:06 07:08:09.000" xmp:Rating="{rating}"
   xmpMM:DerivedFrom="IMG.CR3" darktable:import_timestamp="63850000" darktable:xmp_version="5"
   darktable:raw_params="0" darktable:auto_presets_applied="1" darktable:history_end="2">
   <darktable:masks_history><rdf:Seq/></darktable:masks_history>
   <darktable:history><rdf:Seq><rdf:li darktable:num="0" darktable:operation="exposure"
     darktable:enabled="1" darktable:modversion="6" darktable:params="gz02eJxjYGBg"
     darktable:multi_name="" darktable:blendop_params="gz12eJxjYGBgkGAA"/>
    <rdf:li darktable:num="1" darktable:operation="flip" darktable:enabled="1"
     darktable:params="ffffffff"/></rdf:Seq></darktable:history>
   {_array("dc:subject", "Seq", words)}{_array("lr:hierarchicalSubject", "Seq", words)}
  </rdf:Description>"""
        + FOOT
    ).encode()


def digikam(*paths: str, rating: int = 4) -> bytes:
    """The same keywords in every program's field, and colours and picks of its own."""
    leaves = tuple(path.rsplit("/", 1)[-1] for path in paths)
    bars = tuple(path.replace("/", "|") for path in paths)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        + HEAD.format(tool="XMP Core 4.4.0-Exiv2")
        + f"""<rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:digiKam="http://www.digikam.org/ns/1.0/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
    xmlns:MicrosoftPhoto="http://ns.microsoft.com/photo/1.0/"
    xmlns:mediapro="http://ns.iview-multimedia.com/mediapro/1.0/"
    xmlns:acdsee="http://ns.acdsee.com/iptc/1.0/"
   xmp:Rating="{rating}" MicrosoftPhoto:Rating="75" acdsee:rating="{rating}"
   digiKam:ColorLabel="3" digiKam:PickLabel="2" digiKam:ImageUniqueID="abc" xmp:Label="Yellow">
   {_array("digiKam:TagsList", "Seq", paths)}{_array("dc:subject", "Bag", leaves)}
   {_array("lr:hierarchicalSubject", "Bag", bars)}
   {_array("MicrosoftPhoto:LastKeywordXMP", "Bag", paths)}
   {_array("mediapro:CatalogSets", "Bag", bars)}
  </rdf:Description>"""
        + FOOT
        + '<?xpacket end="w"?>'
    ).encode()
