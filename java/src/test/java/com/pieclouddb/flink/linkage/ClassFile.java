package com.pieclouddb.flink.linkage;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What of a class file decides whether it links: what it is, what it has, and what it refers to. Names are written as
 * in class files, {@code java/lang/Object}; of code nothing is read, since all that it refers to is in the constants.
 */
final class ClassFile {

    private static final Pattern TYPE_IN_DESCRIPTOR = Pattern.compile("L([^;]+);");

    final String name;
    final String superName;
    final List<String> interfaces = new ArrayList<>();

    /** Own fields and methods, as name and descriptor, with their access flags. */
    final Map<String, Integer> fields;

    final Map<String, Integer> methods;

    /** Every type that is named, and every member of another class that is used. */
    final Set<String> types = new LinkedHashSet<>();

    final List<Reference> references = new ArrayList<>();

    private final int access;
    private final Object[] constants;

    private ClassFile(DataInputStream in) throws IOException {
        in.readInt();
        in.readInt();
        constants = readConstants(in);
        access = in.readUnsignedShort();
        name = className(in.readUnsignedShort());
        superName = className(in.readUnsignedShort());
        for (int left = in.readUnsignedShort(); left > 0; left--) {
            interfaces.add(className(in.readUnsignedShort()));
        }
        fields = readMembers(in);
        methods = readMembers(in);
        collectReferences();
    }

    static ClassFile read(InputStream in) throws IOException {
        return new ClassFile(new DataInputStream(in));
    }

    boolean isInterface() {
        return Modifier.isInterface(access);
    }

    boolean isAbstract() {
        return Modifier.isAbstract(access);
    }

    /** A constant that only points to others is an array of their places, its first element its tag. */
    private static Object[] readConstants(DataInputStream in) throws IOException {
        Object[] constants = new Object[in.readUnsignedShort()];
        for (int i = 1; i < constants.length; i++) {
            int tag = in.readUnsignedByte();
            switch (tag) {
                case 1:
                    constants[i] = in.readUTF();
                    break;
                case 5:
                case 6:
                    in.readLong();
                    // Takes two places.
                    i++;
                    break;
                case 7:
                    constants[i] = new int[] {tag, in.readUnsignedShort()};
                    break;
                case 9:
                case 10:
                case 11:
                case 12:
                    constants[i] = new int[] {tag, in.readUnsignedShort(), in.readUnsignedShort()};
                    break;
                case 8:
                case 16:
                case 19:
                case 20:
                    in.readUnsignedShort();
                    break;
                case 15:
                    in.skipBytes(3);
                    break;
                case 3:
                case 4:
                case 17:
                case 18:
                    in.readInt();
                    break;
                default:
                    throw new IOException("unknown constant " + tag);
            }
        }
        return constants;
    }

    private Map<String, Integer> readMembers(DataInputStream in) throws IOException {
        Map<String, Integer> members = new HashMap<>();
        for (int left = in.readUnsignedShort(); left > 0; left--) {
            int flags = in.readUnsignedShort();
            String member = constants[in.readUnsignedShort()] + " ";
            String descriptor = (String) constants[in.readUnsignedShort()];
            addTypesOf(descriptor);
            members.put(member + descriptor, flags);
            for (int attributes = in.readUnsignedShort(); attributes > 0; attributes--) {
                in.readUnsignedShort();
                in.readNBytes(in.readInt());
            }
        }
        return members;
    }

    private void collectReferences() {
        for (Object constant : constants) {
            int[] places = constant instanceof int[] ? (int[]) constant : new int[1];
            if (places[0] == 7) {
                String type = (String) constants[places[1]];
                if (type.startsWith("[")) {
                    addTypesOf(type);
                } else {
                    types.add(type);
                }
            } else if (places[0] >= 9 && places[0] <= 11) {
                int[] nameAndType = (int[]) constants[places[2]];
                references.add(new Reference(
                        className(places[1]),
                        constants[nameAndType[1]] + " " + constants[nameAndType[2]],
                        places[0] == 9,
                        places[0] == 11));
            }
        }
    }

    private void addTypesOf(String descriptor) {
        for (Matcher type = TYPE_IN_DESCRIPTOR.matcher(descriptor); type.find(); ) {
            types.add(type.group(1));
        }
    }

    private String className(int place) {
        return place == 0 ? null : (String) constants[((int[]) constants[place])[1]];
    }

    /** A member that is used, as name and descriptor, and of what it is expected to be. */
    static final class Reference {

        final String owner;
        final String member;
        final boolean ofField;
        final boolean ofInterface;

        private Reference(String owner, String member, boolean ofField, boolean ofInterface) {
            this.owner = owner;
            this.member = member;
            this.ofField = ofField;
            this.ofInterface = ofInterface;
        }
    }
}
